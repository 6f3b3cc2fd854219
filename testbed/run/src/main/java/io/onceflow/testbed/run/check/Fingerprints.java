package io.onceflow.testbed.run.check;

import java.util.Arrays;

/**
 * Sixty-four bits of each of many records, 8 bytes per record: two of ten million records have the
 * same ones with a probability of 3 in a million. One thread.
 */
final class Fingerprints {

  private static final int INITIAL = 1 << 12;
  private static final long OFFSET = 0xcbf29ce484222325L;
  private static final long PRIME = 0x100000001b3L;

  private long[] values = new long[INITIAL];
  private int size;

  /** Of a record's key, value and timestamp. */
  static long of(byte[] key, byte[] value, long timestampMs) {
    long hash = add(OFFSET, key);
    hash = add(hash, value);
    for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
      hash = (hash ^ (timestampMs >>> shift & 0xff)) * PRIME;
    }
    return hash ^ hash >>> 32;
  }

  /** Length first, so that what ends the key cannot begin the value. */
  private static long add(long start, byte[] bytes) {
    long hash = (start ^ (bytes == null ? -1 : bytes.length)) * PRIME;
    if (bytes != null) {
      for (byte b : bytes) {
        hash = (hash ^ (b & 0xff)) * PRIME;
      }
    }
    return hash;
  }

  void add(long fingerprint) {
    if (size == values.length) {
      values = Arrays.copyOf(values, size + (size >> 1));
    }
    values[size++] = fingerprint;
  }

  int size() {
    return size;
  }

  /** Sorts them; no more may be added then. */
  Fingerprints sorted() {
    values = Arrays.copyOf(values, size);
    Arrays.sort(values);
    return this;
  }

  /** How many of these sorted ones the other sorted ones do not have, counted one by one. */
  long without(Fingerprints other) {
    long missing = 0;
    int theirs = 0;
    for (int mine = 0; mine < size; mine++) {
      while (theirs < other.size && other.values[theirs] < values[mine]) {
        theirs++;
      }
      if (theirs < other.size && other.values[theirs] == values[mine]) {
        theirs++;
      } else {
        missing++;
      }
    }
    return missing;
  }
}
