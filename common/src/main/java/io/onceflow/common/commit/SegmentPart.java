package io.onceflow.common.commit;

import java.util.Objects;

/**
 * The rows that one writer has for one target of the store in one epoch, sealed: row count, length
 * and checksum are known and checked again when the rows are applied.
 *
 * @param target index into {@link Store#targets()}
 * @param rows number of encoded rows
 * @param bytes length in bytes
 * @param crc32c CRC32C over all bytes
 * @param inline the bytes, when the part is small enough to travel in the committable, else null
 * @param path the file that holds the bytes, else null
 * @param rowSum sum over the rows of each one's CRC32C, the same in whatever order they are read
 *     back; {@link #NO_SUM} when it is not known
 */
public record SegmentPart(
    int target, long rows, long bytes, int crc32c, byte[] inline, String path, long rowSum) {

  /** In place of a sum that nobody has computed; a {@link RowSum} is never negative. */
  public static final long NO_SUM = -1;

  /** A part whose sum over rows is not known. */
  public SegmentPart(int target, long rows, long bytes, int crc32c, byte[] inline, String path) {
    this(target, rows, bytes, crc32c, inline, path, NO_SUM);
  }

  /**
   * @throws IllegalArgumentException when the part has both or neither of bytes and path
   */
  public SegmentPart {
    if ((inline == null) == (path == null)) {
      throw new IllegalArgumentException("A segment part is either inline or in a file.");
    }
    if (inline != null && inline.length != bytes) {
      throw new IllegalArgumentException(
          "A segment part of %d bytes cannot hold %d inline.".formatted(bytes, inline.length));
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SegmentPart that
        && target == that.target
        && rows == that.rows
        && bytes == that.bytes
        && crc32c == that.crc32c
        && rowSum == that.rowSum
        && Objects.equals(path, that.path)
        && java.util.Arrays.equals(inline, that.inline);
  }

  @Override
  public int hashCode() {
    return Objects.hash(target, rows, bytes, crc32c, path);
  }

  @Override
  public String toString() {
    return "part(target=%d, rows=%d, bytes=%d, %s)"
        .formatted(target, rows, bytes, path == null ? "inline" : path);
  }
}
