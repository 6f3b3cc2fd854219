package io.onceflow.common.sink.mariadb;

import io.onceflow.common.commit.DamagedSegmentException;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.SegmentPart;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.StoreException;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.util.List;

/** Encoded rows of one target, which can be read more than once. */
interface RowSource {

  /** How many there are. */
  long count();

  /** Opens them from the first byte. */
  InputStream open();

  /**
   * What went wrong while they were read.
   *
   * @return null when it was not the rows' fault
   */
  StoreException failure();

  /** A batch in memory. */
  static RowSource of(byte[] rows, int length, long count) {
    return new RowSource() {
      @Override
      public long count() {
        return count;
      }

      @Override
      public InputStream open() {
        return new ByteArrayInputStream(rows, 0, length);
      }

      @Override
      public StoreException failure() {
        return null;
      }
    };
  }

  /** Sealed parts, one after the other, each checked at its end. */
  static RowSource of(List<SegmentPart> parts, SegmentReader segments) {
    return new Parts(parts, segments);
  }

  /** The parts of one target. */
  final class Parts implements RowSource {
    private final List<SegmentPart> parts;
    private final SegmentReader segments;
    private StoreException failure;

    private Parts(List<SegmentPart> parts, SegmentReader segments) {
      this.parts = parts;
      this.segments = segments;
    }

    @Override
    public long count() {
      return parts.stream().mapToLong(SegmentPart::rows).sum();
    }

    @Override
    public InputStream open() {
      return new PartsStream();
    }

    @Override
    public StoreException failure() {
      return failure;
    }

    private IOException failed(SegmentPart part, IOException e) {
      var forGood =
          e instanceof DamagedSegmentException
              || e instanceof FileNotFoundException
              || e instanceof NoSuchFileException
              || e instanceof EOFException;
      failure =
          new StoreException(
              forGood ? ErrorClass.SYSTEM : ErrorClass.TRANSIENT,
              "Segment %s of an epoch that is not committed cannot be read: %s. Nothing was committed. Bring the file back (same path, same bytes) and restart, or restore from an older checkpoint with on-rewind: accept-duplicates."
                  .formatted(part, e.toString()),
              e);
      return e;
    }

    /** The driver tells of a stream that fails as of a lost connection; so it is noted here. */
    private final class PartsStream extends InputStream {
      private int next;
      private InputStream current = InputStream.nullInputStream();

      @Override
      public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        while (true) {
          try {
            var count = current.read(bytes, offset, length);
            if (count >= 0) {
              return count;
            }
            current.close();
            if (next == parts.size()) {
              return -1;
            }
            current = segments.open(parts.get(next++));
          } catch (IOException e) {
            throw failed(parts.get(Math.max(0, next - 1)), e);
          }
        }
      }

      @Override
      public void close() throws IOException {
        current.close();
      }
    }
  }
}
