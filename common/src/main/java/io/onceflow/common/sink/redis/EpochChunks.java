package io.onceflow.common.sink.redis;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.SegmentPart;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.config.RedisConfig;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * An epoch's operations in their order, in chunks of a bounded number of rows and bytes. Memory:
 * one chunk, and one operation more. One thread; closed after use.
 */
final class EpochChunks implements AutoCloseable {

  private static final int BUFFER_BYTES = 64 << 10;

  /** A request has a million words at most; a row brings three of its own besides. */
  private static final int MAX_ARGUMENTS = 600_000;

  /** Of an argument in a segment: its length stands before it. */
  private static final int MIN_ARGUMENT_BYTES = 4;

  private final RedisConfig config;
  private final SinkId sinkId;
  private final SegmentReader segments;
  private final Iterator<SegmentPart> parts;
  private DataInputStream in;
  private RedisOperation next;

  EpochChunks(RedisConfig config, Epoch epoch, SegmentReader segments) throws IOException {
    this.config = config;
    this.sinkId = epoch.sinkId();
    this.segments = segments;
    this.parts = epoch.parts().iterator();
    advance();
  }

  /** Whether one script surely applies the whole epoch. */
  static boolean isOne(RedisConfig config, Epoch epoch) {
    return epoch.rows() <= config.chunkRows()
        && epoch.bytes() <= config.chunkBytes()
        && epoch.bytes() / MIN_ARGUMENT_BYTES <= MAX_ARGUMENTS;
  }

  /** Reads every part to its end, where length and checksum are compared. */
  static void verify(Epoch epoch, SegmentReader segments) throws IOException {
    var buffer = new byte[BUFFER_BYTES];
    for (var part : epoch.parts()) {
      try (var in = segments.open(part)) {
        while (in.read(buffer) >= 0) {
          // The stream itself counts and sums.
          continue;
        }
      }
    }
  }

  /** Passes over rows that were applied before. */
  void skip(long rows) throws IOException {
    for (var i = 0L; i < rows && next != null; i++) {
      advance();
    }
  }

  /** Whether there are operations left. */
  boolean hasNext() {
    return next != null;
  }

  /** The next operations; at least one, when there is one. */
  List<RedisOperation> next() throws IOException {
    var chunk = new ArrayList<RedisOperation>();
    var bytes = 0L;
    var arguments = 0;
    while (next != null && chunk.size() < config.chunkRows()) {
      bytes += next.bytes();
      arguments += next.arguments().size();
      if (!chunk.isEmpty() && (bytes > config.chunkBytes() || arguments > MAX_ARGUMENTS)) {
        break;
      }
      chunk.add(signed(next));
      advance();
    }
    return chunk;
  }

  private RedisOperation signed(RedisOperation operation) {
    return operation.command() == RedisOperation.Command.LETTER
        ? DeadLetters.signed(operation, sinkId)
        : operation;
  }

  /** Goes from part to part; the end of each has been read when the next one is opened. */
  private void advance() throws IOException {
    next = in == null ? null : OperationFormat.read(in);
    while (next == null) {
      var wasOpen = in != null;
      close();
      if (wasOpen) {
        CrashPoints.reach(CrashPoints.APPLY_MIDDLE);
      }
      if (!parts.hasNext()) {
        return;
      }
      in = new DataInputStream(new BufferedInputStream(segments.open(parts.next()), BUFFER_BYTES));
      next = OperationFormat.read(in);
    }
  }

  @Override
  public void close() throws IOException {
    if (in != null) {
      in.close();
      in = null;
    }
  }
}
