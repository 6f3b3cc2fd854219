package io.onceflow.testbed.run.view;

/**
 * Latencies in buckets of 1 ms up to 10 s and of 100 ms beyond, up to 10 minutes; what is longer
 * counts as 10 minutes. Not thread-safe.
 */
final class Histogram {

  private static final int FINE = 10_000;
  private static final int COARSE_MS = 100;
  private static final int MAX_MS = 600_000;

  private final long[] buckets = new long[FINE + (MAX_MS - FINE) / COARSE_MS + 1];
  private long total;

  void add(long ms, long count) {
    long bounded = Math.max(0, Math.min(ms, MAX_MS));
    int index = (int) (bounded < FINE ? bounded : FINE + (bounded - FINE) / COARSE_MS);
    buckets[index] += count;
    total += count;
  }

  /** The latency in milliseconds that this share of all does not exceed; 0 when there is none. */
  long percentileMs(double share) {
    long rank = (long) Math.ceil(total * share);
    long seen = 0;
    for (int i = 0; i < buckets.length; i++) {
      seen += buckets[i];
      if (seen >= rank && seen > 0) {
        return i < FINE ? i : FINE + (long) (i - FINE) * COARSE_MS;
      }
    }
    return 0;
  }
}
