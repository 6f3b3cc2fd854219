package io.onceflow.common.retry;

import java.io.Serializable;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Exponential backoff with full jitter: a pause is drawn evenly between nothing and a bound that
 * doubles with every failure (Brooker, "Exponential Backoff And Jitter").
 *
 * @param first bound of the first pause
 * @param max bound of every pause
 */
public record Backoff(Duration first, Duration max) implements Serializable {

  private static final int MAX_DOUBLINGS = 40;

  /**
   * @throws IllegalArgumentException unless 1 ms <= first <= max <= 30 days
   */
  public Backoff {
    if (first.toMillis() < 1 || max.compareTo(first) < 0 || max.toDays() > 30) {
      throw new IllegalArgumentException(
          "A backoff needs 1 ms <= first <= max <= 30 days, got %s and %s.".formatted(first, max));
    }
  }

  /**
   * The bound of the pause after so many failures.
   *
   * @param failures 1 or more
   */
  long boundMs(int failures) {
    double bound = first.toMillis() * Math.pow(2, Math.min(failures - 1, MAX_DOUBLINGS));
    return (long) Math.min(bound, max.toMillis());
  }

  /** A pause in milliseconds after so many failures. */
  public long pauseMs(int failures, RandomGenerator random) {
    return random.nextLong(boundMs(failures) + 1);
  }
}
