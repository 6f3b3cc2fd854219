package io.onceflow.testbed.run.bench;

import java.io.Serializable;
import java.time.Instant;
import java.util.HexFormat;

/**
 * The rows of the sink benchmarks: every column is a function of the row's number, so the number is
 * all that travels through the job and no contender pays for serializing rows.
 *
 * @param seed another seed, other rows
 * @param hotKeys how many ids there are, or 0 for one id per row
 */
record BenchRows(long seed, long hotKeys) implements Serializable {

  private static final long FIRST_MS = 1_767_225_600_000L;
  private static final long MAX_AMOUNT = 1_000_000;

  long id(long number) {
    return hotKeys == 0 ? number : Long.remainderUnsigned(mix(number), hotKeys);
  }

  long amount(long number) {
    return Long.remainderUnsigned(mix(number + 1), MAX_AMOUNT);
  }

  /** 16 characters. */
  String note(long number) {
    return HexFormat.of().toHexDigits(mix(number + 2));
  }

  Instant at(long number) {
    return Instant.ofEpochMilli(FIRST_MS + number);
  }

  /** SplitMix64's finalizer: all bits of the number count. */
  private long mix(long number) {
    var z = number * 0x9e3779b97f4a7c15L + seed;
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }
}
