package io.onceflow.common.retry;

import java.io.Serializable;

/**
 * How many attempts are under way at once in a subtask.
 *
 * @param total of all dependencies
 * @param perDependency of one; smaller than the total, so that a slow dependency leaves room for
 *     the others
 */
public record ConcurrencyLimits(int total, int perDependency) implements Serializable {

  /**
   * @throws IllegalArgumentException unless 1 <= per dependency <= total <= 100,000
   */
  public ConcurrencyLimits {
    if (perDependency < 1 || perDependency > total || total > 100_000) {
      throw new IllegalArgumentException(
          "Concurrency needs 1 <= per dependency <= total <= 100000, got %d and %d."
              .formatted(perDependency, total));
    }
  }
}
