package io.onceflow.common.retry;

import java.io.Serializable;
import java.time.Duration;

/**
 * When a dependency counts as down. Then no attempt is started until a probe succeeds.
 *
 * @param window the last outcomes that count, 1 to 64; fewer never open a breaker
 * @param failurePercent of the window at which it opens
 * @param openFor how long it stays open before a probe, with jitter from half of it upwards
 * @param probes successes in a row, one at a time, that close it
 */
public record BreakerRules(int window, int failurePercent, Duration openFor, int probes)
    implements Serializable {

  /**
   * @throws IllegalArgumentException when a number is outside of its range
   */
  public BreakerRules {
    if (window < 1
        || window > Long.SIZE
        || failurePercent < 1
        || failurePercent > 100
        || openFor.toMillis() < 1
        || openFor.toDays() > 1
        || probes < 1
        || probes > 1000) {
      throw new IllegalArgumentException(
          "A breaker needs a window of 1 to 64 outcomes, 1 to 100 percent, 1 ms to 1 day open and 1 to 1000 probes, got %d, %d, %s and %d."
              .formatted(window, failurePercent, openFor, probes));
    }
  }
}
