package io.onceflow.testbed.run.check;

import java.util.Arrays;

/**
 * For every offset of one input partition, how many lines another place holds and the sum of their
 * fingerprints: 12 bytes per command, so that millions fit. Order does not matter.
 */
final class OffsetTally {

  private static final int INITIAL = 1 << 12;

  private long[] sums = new long[INITIAL];
  private int[] counts = new int[INITIAL];
  private int size;

  void add(long offset, long fingerprint) {
    int index = Math.toIntExact(offset);
    if (index >= sums.length) {
      int capacity = Math.max(index + 1, sums.length + (sums.length >> 1));
      sums = Arrays.copyOf(sums, capacity);
      counts = Arrays.copyOf(counts, capacity);
    }
    sums[index] += fingerprint;
    counts[index]++;
    size = Math.max(size, index + 1);
  }

  int count(long offset) {
    return offset < size ? counts[(int) offset] : 0;
  }

  long sum(long offset) {
    return offset < size ? sums[(int) offset] : 0;
  }

  /** The lines at this offset and after it. */
  long countFrom(long offset) {
    long count = 0;
    for (long i = offset; i < size; i++) {
      count += counts[(int) i];
    }
    return count;
  }
}
