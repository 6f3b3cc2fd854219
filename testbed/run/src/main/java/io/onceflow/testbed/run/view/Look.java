package io.onceflow.testbed.run.view;

import java.util.List;
import java.util.Map;

/**
 * What a reader of the database sees at one moment, all of it in one snapshot.
 *
 * @param earlier commands with committed results of earlier runs
 * @param commands with committed results since then
 * @param transfers committed since then
 * @param codes results since then, by code
 * @param epoch the last one, 0 before the first
 * @param checkpointId of that epoch
 * @param commit of an epoch, from the moment the sink sealed it to the end of its transaction
 * @param endToEnd from the broker's timestamp of a command to the commit of its result
 * @param broken invariants that do not hold in this snapshot
 */
public record Look(
    long earlier,
    long commands,
    long transfers,
    Map<String, Long> codes,
    long epoch,
    long checkpointId,
    Latency commit,
    Latency endToEnd,
    List<String> broken) {

  /**
   * Two percentiles of all since then, in milliseconds.
   *
   * @param p50Ms half of all are not slower
   * @param p99Ms one in a hundred is slower
   */
  public record Latency(long p50Ms, long p99Ms) {
    static Latency of(Histogram histogram) {
      return new Latency(histogram.percentileMs(0.5), histogram.percentileMs(0.99));
    }
  }
}
