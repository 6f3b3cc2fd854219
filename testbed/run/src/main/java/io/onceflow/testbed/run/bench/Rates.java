package io.onceflow.testbed.run.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** Rates of one contender, in rows per second, in the order measured. Used by one thread. */
final class Rates {

  private final List<Double> values = new ArrayList<>();

  void add(double perSecond) {
    values.add(perSecond);
  }

  /** The middle one; of an even number the lower middle one. */
  double median() {
    if (values.isEmpty()) {
      throw new IllegalStateException("Nothing was measured.");
    }
    var sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get((sorted.size() - 1) / 2);
  }

  /** Median, and the lowest and highest. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "median %,d rows/s (%,d to %,d, %d measured)",
        Math.round(median()),
        Math.round(Collections.min(values)),
        Math.round(Collections.max(values)),
        values.size());
  }
}
