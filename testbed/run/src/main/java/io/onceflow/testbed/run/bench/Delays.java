package io.onceflow.testbed.run.bench;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Delays from when a record was due to be sent until it took effect.
 *
 * @param sortedNs in nanoseconds, the shortest first
 */
record Delays(long[] sortedNs) {

  private static final double PERCENT = 100;
  private static final double NANOS_PER_MICRO = 1_000;
  private static final double NANOS_PER_MS = 1_000_000;

  /**
   * Those of the records that are measured.
   *
   * @param startedNs when record 0 was due
   * @param warmUp numbers below do not count
   */
  static Delays of(SimulatedService service, RetryLoad load, long startedNs, int warmUp) {
    return new Delays(
        IntStream.range(0, load.records())
            .filter(number -> load.isMeasured(number, warmUp) && service.doneNs(number) != 0)
            .mapToLong(number -> service.doneNs(number) - startedNs - load.dueNs(number))
            .sorted()
            .toArray());
  }

  /** Both together. */
  Delays and(Delays other) {
    var all = Arrays.copyOf(sortedNs, sortedNs.length + other.sortedNs.length);
    System.arraycopy(other.sortedNs, 0, all, sortedNs.length, other.sortedNs.length);
    Arrays.sort(all);
    return new Delays(all);
  }

  /**
   * The delay that so many percent of the records do not exceed, in microseconds.
   *
   * @throws IllegalStateException when nothing was measured
   */
  double micros(int percent) {
    if (sortedNs.length == 0) {
      throw new IllegalStateException("No delay was measured.");
    }
    var rank = (int) Math.ceil(sortedNs.length * percent / PERCENT);
    return sortedNs[Math.max(0, rank - 1)] / NANOS_PER_MICRO;
  }

  @Override
  public String toString() {
    if (sortedNs.length == 0) {
      return "not measured";
    }
    return String.format(
        Locale.ROOT,
        "p50 %.1f ms, p99 %.1f ms, max %.1f ms (%d records)",
        micros(50) * NANOS_PER_MICRO / NANOS_PER_MS,
        micros(99) * NANOS_PER_MICRO / NANOS_PER_MS,
        sortedNs[sortedNs.length - 1] / NANOS_PER_MS,
        sortedNs.length);
  }
}
