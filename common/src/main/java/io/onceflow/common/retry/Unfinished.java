package io.onceflow.common.retry;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

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

  /** After a restore: what came due while the job was down would come at once otherwise. */
  Unfinished rejittered(Backoff backoff, RandomGenerator random, long nowMs) {
    if (failures.isEmpty() || dueMs > nowMs) {
      return this;
    }
    long nextDueMs = nowMs + backoff.pauseMs(failures.size(), random);
    long latestMs = Math.max(nowMs, Math.min(nextDueMs, deadlineMs - 1));
    return new Unfinished(message, arrivedMs, deadlineMs, latestMs, failures);
  }

  long unknownFailures() {
    return failures.stream().filter(failure -> !failure.known()).count();
  }

  FailedAttempt lastFailure() {
    return failures.get(failures.size() - 1);
  }
}
