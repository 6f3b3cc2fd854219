package io.onceflow.common.commit;

import java.io.IOException;
import java.util.zip.CRC32C;

/**
 * Collects one target's encoded rows: in memory up to the inline limit, in a file beyond it. Used
 * by one thread.
 */
final class PartWriter {

  private static final int FLUSH_BYTES = 256 * 1024;

  private final SegmentStorage storage;
  private final String writer;
  private final int target;
  private final int inlineLimitBytes;
  private final RowBuffer buffer;
  private final CRC32C crc = new CRC32C();
  private final RowSum rowSum = new RowSum();

  private SegmentStorage.OpenFile file;
  private long rows;
  private long bytes;

  PartWriter(SegmentStorage storage, String writer, int target, int inlineLimitBytes) {
    this.storage = storage;
    this.writer = writer;
    this.target = target;
    this.inlineLimitBytes = inlineLimitBytes;
    this.buffer = new RowBuffer(4 * 1024);
  }

  void append(byte[] row, int length, long sequence) throws IOException {
    if (buffer.length() + length > (file == null ? inlineLimitBytes : FLUSH_BYTES)) {
      flush(sequence);
    }
    buffer.putBytes(row, 0, length);
    rowSum.add(row, length);
    rows++;
    bytes += length;
  }

  /** Seals what was collected, or returns null when there is nothing; then starts anew. */
  SegmentPart seal(long sequence) throws IOException {
    if (rows == 0) {
      return null;
    }
    byte[] inline = null;
    String path = null;
    if (file == null && buffer.length() <= inlineLimitBytes) {
      inline = buffer.toByteArray();
      crc.update(inline, 0, inline.length);
    } else {
      flush(sequence);
      file.seal();
      path = file.path().toUri().toString();
    }
    var part =
        new SegmentPart(target, rows, bytes, (int) crc.getValue(), inline, path, rowSum.value());
    reset();
    return part;
  }

  /** Closes a file that was not sealed. The next start removes it. */
  void abandon() throws IOException {
    if (file != null) {
      file.out().close();
    }
    reset();
  }

  private void flush(long sequence) throws IOException {
    if (file == null) {
      file = storage.create(writer, sequence, target);
    }
    crc.update(buffer.array(), 0, buffer.length());
    file.out().write(buffer.array(), 0, buffer.length());
    buffer.clear();
  }

  private void reset() {
    file = null;
    rows = 0;
    bytes = 0;
    crc.reset();
    rowSum.reset();
    buffer.clear();
  }
}
