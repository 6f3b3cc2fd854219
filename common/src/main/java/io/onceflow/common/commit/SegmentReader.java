package io.onceflow.common.commit;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.zip.CRC32C;
import org.apache.flink.core.fs.Path;

/**
 * Reads sealed parts back and checks them. Stateless; the store's session calls it on its thread.
 */
public final class SegmentReader {

  private static final int BUFFER_BYTES = 256 * 1024;

  /**
   * Opens one part. The stream fails at its end when length or checksum differ from what was
   * sealed, so whoever reads to the end before committing commits what was written.
   *
   * @throws IOException when the file cannot be opened
   */
  public InputStream open(SegmentPart part) throws IOException {
    if (part.inline() != null) {
      return new VerifiedStream(new ByteArrayInputStream(part.inline()), part);
    }
    var path = new Path(URI.create(part.path()));
    return new VerifiedStream(path.getFileSystem().open(path, BUFFER_BYTES), part);
  }

  private static final class VerifiedStream extends FilterInputStream {
    private final SegmentPart part;
    private final CRC32C crc = new CRC32C();
    private long seen;

    VerifiedStream(InputStream in, SegmentPart part) {
      super(in);
      this.part = part;
    }

    @Override
    public int read() throws IOException {
      var one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      var count = super.read(bytes, offset, length);
      if (count < 0) {
        verify();
      } else {
        crc.update(bytes, offset, count);
        seen += count;
      }
      return count;
    }

    @Override
    public boolean markSupported() {
      return false;
    }

    private void verify() throws IOException {
      if (seen != part.bytes() || (int) crc.getValue() != part.crc32c()) {
        throw new DamagedSegmentException(
            "Segment %s is damaged: sealed with %d bytes and CRC32C %08x, read %d bytes and %08x."
                .formatted(part, part.bytes(), part.crc32c(), seen, (int) crc.getValue()));
      }
    }
  }
}
