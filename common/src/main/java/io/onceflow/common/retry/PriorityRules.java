package io.onceflow.common.retry;

import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Who comes first when not all can.
 *
 * @param aging the wait after which a message is as urgent as one of the next priority
 * @param reservedPercent of all starts that a priority gets at least while it has messages ready,
 *     by priority; the rest goes to the most urgent
 */
public record PriorityRules(Duration aging, List<Integer> reservedPercent) implements Serializable {

  /**
   * @throws IllegalArgumentException when shares are negative, too many or more than everything, or
   *     aging is no time
   */
  public PriorityRules {
    reservedPercent = new ArrayList<>(reservedPercent);
    int sum = reservedPercent.stream().mapToInt(Integer::intValue).sum();
    if (aging.toMillis() < 1
        || aging.toDays() > 365
        || reservedPercent.size() > RetryMessage.LEAST_PRIORITY + 1
        || reservedPercent.stream().anyMatch(percent -> percent < 0 || percent > 100)
        || sum > 100) {
      throw new IllegalArgumentException(
          "Priorities need an aging of 1 ms to 365 days and at most 10 shares from 0 that sum up to 100 at most, got %s and %s."
              .formatted(aging, reservedPercent));
    }
    reservedPercent = java.util.Collections.unmodifiableList(reservedPercent);
  }

  int reserved(int priority) {
    return priority < reservedPercent.size() ? reservedPercent.get(priority) : 0;
  }
}
