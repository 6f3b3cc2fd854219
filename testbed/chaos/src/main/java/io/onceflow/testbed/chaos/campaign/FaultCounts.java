package io.onceflow.testbed.chaos.campaign;

import io.onceflow.testbed.chaos.report.HistoryEvent.Phase;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * How many faults of a campaign ended how: without faults, nothing found says nothing. Thread-safe.
 */
final class FaultCounts {

  /** So few schedules may well be unlucky. */
  private static final int FEW_SCHEDULES = 3;

  /** More than one of so many that fail is not chance: something about the campaign is broken. */
  private static final int FAILED_OF = 3;

  private final Map<Phase, Integer> counts = new EnumMap<>(Phase.class);

  /** Counts a fault that ended so: OK, NOT_HIT, FAIL or NOT_APPLICABLE. */
  synchronized void note(Phase phase) {
    counts.merge(phase, 1, Integer::sum);
  }

  private synchronized int of(Phase phase) {
    return counts.getOrDefault(phase, 0);
  }

  /** For the end of the contract line. */
  String text() {
    return "injected=%d not-hit=%d failed=%d not-applicable=%d"
        .formatted(of(Phase.OK), of(Phase.NOT_HIT), of(Phase.FAIL), of(Phase.NOT_APPLICABLE));
  }

  /**
   * Why these faults prove nothing, if so: in three schedules or more none was injected, or more
   * than a third of those that were tried failed.
   *
   * @param schedules that were run
   */
  Optional<String> defect(int schedules) {
    int tried = of(Phase.OK) + of(Phase.NOT_HIT) + of(Phase.FAIL);
    if (schedules < FEW_SCHEDULES) {
      return Optional.empty();
    }
    if (of(Phase.OK) == 0) {
      return Optional.of("No fault was injected in %d schedules.".formatted(schedules));
    }
    return of(Phase.FAIL) * FAILED_OF > tried
        ? Optional.of(
            "%d of %d faults could not be injected, more than one in %d; the report tells why."
                .formatted(of(Phase.FAIL), tried, FAILED_OF))
        : Optional.empty();
  }
}
