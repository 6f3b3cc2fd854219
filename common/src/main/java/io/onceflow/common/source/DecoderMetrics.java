package io.onceflow.common.source;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;

/**
 * What a decoder did with its records: {@code numRecordsIn = decoded + deadLettered}, and {@code
 * deadLettered} is the sum over the codes.
 *
 * <p>Codes become a label; only the first {@value #MAX_CODES} get one of their own, the rest share
 * {@code other}, so that input cannot make metrics grow. Task thread only.
 */
final class DecoderMetrics {

  /** How many codes get a counter of their own. */
  static final int MAX_CODES = 32;

  private static final String OTHER = "other";

  private final MetricGroup group;
  private final Counter decoded;
  private final Counter deadLettered;
  private final Map<String, Counter> byCode = new HashMap<>();

  /** Registers the counters in the operator's group. */
  DecoderMetrics(MetricGroup group) {
    this.group = group;
    this.decoded = group.counter("decoded");
    this.deadLettered = group.counter("deadLettered");
  }

  /** Counts a record that was decoded. */
  void decoded() {
    decoded.inc();
  }

  /** Counts a record that went to the dead letters. */
  void deadLettered(String code) {
    deadLettered.inc();
    counter(code).inc();
  }

  private Counter counter(String code) {
    Counter known = byCode.get(code);
    if (known != null) {
      return known;
    }
    String label = byCode.size() < MAX_CODES ? code : OTHER;
    return byCode.computeIfAbsent(
        label, name -> group.addGroup("code", name).counter("deadLetteredByCode"));
  }
}
