package io.onceflow.testbed.run.bench;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Delays of one contender by the share of keys that fail, all rounds together. One thread. */
final class DelaysByShare {

  private static final double MICROS_PER_MS = 1_000;

  private final Map<Integer, Delays> byPercent = new TreeMap<>();

  void add(int failPercent, Delays delays) {
    byPercent.merge(failPercent, delays, Delays::and);
  }

  double micros(int failPercent, int quantile) {
    return byPercent.get(failPercent).micros(quantile);
  }

  /** What failing keys add; below zero is the noise of the measurement. */
  String added() {
    var share = RetryLoad.FAILING_KEYS_PERCENT;
    return String.format(
        Locale.ROOT,
        "p50 %+.1f ms, p99 %+.1f ms",
        (micros(share, 50) - micros(0, 50)) / MICROS_PER_MS,
        (micros(share, 99) - micros(0, 99)) / MICROS_PER_MS);
  }
}
