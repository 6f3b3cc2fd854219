package io.onceflow.common.retry;

import java.io.Serializable;
import java.time.Duration;

/**
 * When a message is given up.
 *
 * @param maxAttempts failed attempts, 1 to {@value #MOST_ATTEMPTS}: all of them are kept
 * @param maxUnknown failed attempts with an error that nobody foresaw
 * @param attemptTimeout after which an attempt counts as failed, by a fault of its dependency
 * @param deadline after a message came, after which no attempt of it is started
 */
public record AttemptLimits(
    int maxAttempts, int maxUnknown, Duration attemptTimeout, Duration deadline)
    implements Serializable {

  /** The history of a message is bounded by it. */
  public static final int MOST_ATTEMPTS = 100;

  /**
   * @throws IllegalArgumentException when a limit is outside of its range
   */
  public AttemptLimits {
    if (maxAttempts < 1
        || maxAttempts > MOST_ATTEMPTS
        || maxUnknown < 1
        || maxUnknown > maxAttempts
        || attemptTimeout.toMillis() < 1
        || attemptTimeout.toDays() > 1
        || deadline.toMillis() < 1
        || deadline.toDays() > 365) {
      throw new IllegalArgumentException(
          "Attempts need 1 <= max unknown <= max attempts <= %d, a timeout up to a day and a deadline up to 365 days, got %d, %d, %s and %s."
              .formatted(MOST_ATTEMPTS, maxUnknown, maxAttempts, attemptTimeout, deadline));
    }
  }
}
