package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.DamagedSegmentException;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Cuts a stream of binary tuples into chunks of whole rows, for finding the row at fault. */
final class TupleReader {

  private static final int MAX_ROWS = 8_192;
  private static final int MAX_BYTES = 4 << 20;

  private final DataInputStream in;
  private final long limitBytes;

  /**
   * @param bytes how many the stream holds: no field can be longer
   */
  TupleReader(InputStream in, long bytes) {
    this.limitBytes = bytes;
    this.in = new DataInputStream(new BufferedInputStream(in, 64 * 1024));
  }

  /**
   * Some rows.
   *
   * @param bytes the tuples, one after the other
   * @param offsets where each starts, and at the end the length: one more than there are rows
   */
  record Chunk(byte[] bytes, int[] offsets) {
    int rows() {
      return offsets.length - 1;
    }

    /** One row alone, so that keeping it does not keep its neighbours. */
    Chunk only(int row) {
      var tuple = Arrays.copyOfRange(bytes, offsets[row], offsets[row + 1]);
      return new Chunk(tuple, new int[] {0, tuple.length});
    }
  }

  /** The next chunk, or null at the end. */
  Chunk next() throws IOException {
    var bytes = new byte[64 * 1024];
    var offsets = new int[MAX_ROWS + 1];
    var length = 0;
    var rows = 0;
    while (rows < MAX_ROWS && length < MAX_BYTES) {
      var high = in.read();
      if (high < 0) {
        break;
      }
      var fields = high << 8 | in.readUnsignedByte();
      bytes = reserve(bytes, length, 2);
      bytes[length++] = (byte) high;
      bytes[length++] = (byte) fields;
      for (var i = 0; i < fields; i++) {
        var size = in.readInt();
        if (size > limitBytes) {
          throw new DamagedSegmentException(
              "A field of %d bytes in a segment of %d: it is damaged.".formatted(size, limitBytes));
        }
        bytes = reserve(bytes, length, 4 + Math.max(size, 0));
        bytes[length++] = (byte) (size >> 24);
        bytes[length++] = (byte) (size >> 16);
        bytes[length++] = (byte) (size >> 8);
        bytes[length++] = (byte) size;
        if (size > 0) {
          in.readFully(bytes, length, size);
          length += size;
        }
      }
      offsets[++rows] = length;
    }
    return rows == 0 ? null : new Chunk(bytes, Arrays.copyOf(offsets, rows + 1));
  }

  private static byte[] reserve(byte[] bytes, int length, int more) throws EOFException {
    if (more > Integer.MAX_VALUE - length) {
      throw new EOFException("A tuple is longer than 2 GiB.");
    }
    return bytes.length - length >= more
        ? bytes
        : Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
  }
}
