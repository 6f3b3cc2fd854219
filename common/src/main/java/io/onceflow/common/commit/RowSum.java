package io.onceflow.common.commit;

import java.util.zip.CRC32C;

/**
 * A checksum over rows that does not depend on their order: the sum of each encoded row's CRC32C. A
 * row that is lost, doubled or changed shows, one that moved does not. Used by one thread.
 */
public final class RowSum {

  private final CRC32C crc = new CRC32C();
  private long sum;

  /** Adds the first bytes of an array as one row. */
  public void add(byte[] row, int length) {
    crc.reset();
    crc.update(row, 0, length);
    sum += crc.getValue();
  }

  /** The sum so far, 0 without rows; never negative, as it is kept to 63 bits. */
  public long value() {
    return sum & Long.MAX_VALUE;
  }

  /** Starts anew. */
  public void reset() {
    sum = 0;
  }
}
