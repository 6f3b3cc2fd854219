package io.onceflow.common.retry;

import java.util.ArrayList;
import java.util.List;

/**
 * A message without a final acknowledgement, as it is kept in state.
 *
 * @param message the envelope
 * @param arrivedMs when it came here first, in milliseconds since the epoch
 * @param deadlineMs after which no attempt is started
 * @param dueMs before which no attempt is started
 * @param failures all attempts so far, the first one first
 */
record Unfinished(
    RetryMessage message,
    long arrivedMs,
    long deadlineMs,
    long dueMs,
    List<FailedAttempt> failures) {

  Unfinished {
    failures = List.copyOf(failures);
  }

  /** The same after one more failure. */
  Unfinished failed(FailedAttempt failure, long nextDueMs) {
    List<FailedAttempt> all = new ArrayList<>(failures);
    all.add(failure);
    return new Unfinished(message, arrivedMs, deadlineMs, nextDueMs, all);
  }

  long unknownFailures() {
    return failures.stream().filter(failure -> !failure.known()).count();
  }

  FailedAttempt lastFailure() {
    return failures.get(failures.size() - 1);
  }
}
