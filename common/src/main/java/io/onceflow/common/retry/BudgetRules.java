package io.onceflow.common.retry;

import java.io.Serializable;

/**
 * How much of the traffic of a subtask may be retries, so that retries do not become the outage.
 * Retries beyond it wait.
 *
 * @param share retries per first attempt, 0 to 10
 * @param minPerSecond retries that are always allowed; above 0, for without traffic nothing else
 *     would let the parked messages go
 */
public record BudgetRules(double share, double minPerSecond) implements Serializable {

  /**
   * @throws IllegalArgumentException when a number is outside of its range
   */
  public BudgetRules {
    boolean valid = share >= 0 && share <= 10 && minPerSecond >= 0.001 && minPerSecond <= 1_000_000;
    if (!valid) {
      throw new IllegalArgumentException(
          "A retry budget needs a share from 0 to 10 and 0.001 to 1000000 retries per second, got %s and %s."
              .formatted(share, minPerSecond));
    }
  }
}
