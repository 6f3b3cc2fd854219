package io.onceflow.common.retry;

import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * A message that was given up, with all that was tried.
 *
 * @param message the envelope, unchanged
 * @param reason one of the constants here
 * @param arrivedMs when it came first, in milliseconds since the epoch
 * @param endedMs when it was given up
 * @param failures all attempts, the first one first
 */
@TypeInfo(RetryTypes.DeadLetterFactory.class)
public record RetryDeadLetter(
    RetryMessage message,
    String reason,
    long arrivedMs,
    long endedMs,
    List<FailedAttempt> failures) {

  /** As many attempts as the rules allow have failed. */
  public static final String ATTEMPTS_EXHAUSTED = "attempts_exhausted";

  /** Too many failures were of a kind that nobody foresaw. */
  public static final String UNKNOWN_ERRORS = "unknown_errors";

  /** The next attempt would have come too late. */
  public static final String DEADLINE_PASSED = "deadline_passed";

  /** There was no room, and the quota says to reject. */
  public static final String OVERFLOW = "overflow";

  /** A control said to give up what waits for the dependency. */
  public static final String DRAINED = "drained";

  /** Copies the list. */
  public RetryDeadLetter {
    failures = List.copyOf(failures);
  }
}
