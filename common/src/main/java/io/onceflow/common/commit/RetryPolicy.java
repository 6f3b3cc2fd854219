package io.onceflow.common.commit;

import java.io.Serializable;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long a commit is tried again inside the committer: exponential backoff with full jitter,
 * bounded in time. When the time is up the job fails over, and the restored job tries again.
 *
 * @param firstBackoff upper bound of the first pause
 * @param maxBackoff upper bound of every pause
 * @param maxElapsed time after which the last error is thrown
 */
public record RetryPolicy(Duration firstBackoff, Duration maxBackoff, Duration maxElapsed)
    implements Serializable {

  /** 100 ms to 5 s, for 2 minutes. */
  public static final RetryPolicy DEFAULT =
      new RetryPolicy(Duration.ofMillis(100), Duration.ofSeconds(5), Duration.ofMinutes(2));

  /**
   * @throws IllegalArgumentException when a duration is not positive
   */
  public RetryPolicy {
    if (firstBackoff.isNegative()
        || firstBackoff.isZero()
        || maxBackoff.compareTo(firstBackoff) < 0
        || maxElapsed.isNegative()) {
      throw new IllegalArgumentException(
          "A retry policy needs 0 < first backoff <= max backoff and max elapsed >= 0, got %s, %s, %s."
              .formatted(firstBackoff, maxBackoff, maxElapsed));
    }
  }

  /**
   * @param retry 0 for the first
   * @return the pause before it, in milliseconds
   */
  public long backoffMs(int retry, RandomGenerator random) {
    var exponential = firstBackoff.toMillis() * Math.pow(2, Math.min(retry, 30));
    var bound = (long) Math.min(exponential, maxBackoff.toMillis());
    return random.nextLong(bound + 1);
  }
}
