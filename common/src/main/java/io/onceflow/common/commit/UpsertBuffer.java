package io.onceflow.common.commit;

import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Keeps the last row per key within an epoch, so that a hot key costs the store one row. Bounded:
 * when full it hands its rows on, in the order of their keys' first appearance, and starts again;
 * the store then sees a key more than once and takes the last one. Used by one thread.
 */
final class UpsertBuffer {

  /** Takes the rows. */
  interface RowTarget {
    void append(byte[] row, int length) throws IOException;
  }

  private static final int ENTRY_OVERHEAD_BYTES = 96;

  private final Map<Key, byte[]> rows = new LinkedHashMap<>();
  private final long limitBytes;
  private final Key probe = new Key();
  private long usedBytes;

  UpsertBuffer(long limitBytes) {
    this.limitBytes = limitBytes;
  }

  void put(RowBuffer key, RowBuffer row, RowTarget target) throws IOException {
    probe.set(key);
    var known = rows.get(probe);
    if (known != null && known.length == row.length()) {
      System.arraycopy(row.array(), 0, known, 0, known.length);
      return;
    }
    usedBytes += row.length() - (known == null ? 0 : known.length);
    if (known == null) {
      usedBytes += key.length() + ENTRY_OVERHEAD_BYTES;
    }
    rows.put(known == null ? probe.copy() : probe, row.toByteArray());
    if (usedBytes > limitBytes) {
      drain(target);
    }
  }

  void drain(RowTarget target) throws IOException {
    for (var row : rows.values()) {
      target.append(row, row.length);
    }
    rows.clear();
    usedBytes = 0;
  }

  /** A key's bytes with a hash, so that a look-up costs no allocation. */
  private static final class Key {
    private byte[] bytes;
    private int length;
    private int hash;

    void set(RowBuffer key) {
      bytes = key.array();
      length = key.length();
      var sum = 1;
      for (var i = 0; i < length; i++) {
        sum = 31 * sum + bytes[i];
      }
      hash = sum;
    }

    Key copy() {
      var copy = new Key();
      copy.bytes = Arrays.copyOf(bytes, length);
      copy.length = length;
      copy.hash = hash;
      return copy;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Key that
          && Arrays.equals(bytes, 0, length, that.bytes, 0, that.length);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }
}
