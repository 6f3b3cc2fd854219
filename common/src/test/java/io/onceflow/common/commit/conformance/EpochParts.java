package io.onceflow.common.commit.conformance;

import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.RowBuffer;
import io.onceflow.common.commit.RowEncoder;
import io.onceflow.common.commit.RowRejectedException;
import io.onceflow.common.commit.SegmentPart;
import io.onceflow.common.commit.Store;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;

/** Encodes rows as a writer does and seals them, without Flink. */
final class EpochParts {

  private final RowEncoder<TestRow> encoder;
  private final OnReject onReject;
  private final RowBuffer row = new RowBuffer(64);
  private final RowBuffer key = new RowBuffer(64);

  private EpochParts(Store<TestRow> store, OnReject onReject) {
    this.encoder = store.createEncoder();
    this.onReject = onReject;
  }

  /** One writer's rows, inline, in the order of the targets. */
  static List<SegmentPart> inline(Store<TestRow> store, OnReject onReject, List<TestRow> values)
      throws RowRejectedException {
    var parts = new EpochParts(store, onReject);
    var targets = store.targets().size();
    var bytes = Stream.generate(ByteArrayOutputStream::new).limit(targets).toList();
    var rows = new long[targets];
    for (var value : values) {
      var target = parts.encode(value);
      bytes.get(target).write(parts.row.array(), 0, parts.row.length());
      rows[target]++;
    }
    var sealed = new ArrayList<SegmentPart>();
    for (var target = 0; target < targets; target++) {
      if (rows[target] > 0) {
        sealed.add(inline(target, rows[target], bytes.get(target).toByteArray()));
      }
    }
    return sealed;
  }

  static SegmentPart inline(int target, long rows, byte[] bytes) {
    var crc = new CRC32C();
    crc.update(bytes);
    return new SegmentPart(target, rows, bytes.length, (int) crc.getValue(), bytes, null);
  }

  /** Rows for one target, in a file. */
  static SegmentPart file(Store<TestRow> store, Path file, Stream<TestRow> values)
      throws IOException, RowRejectedException {
    var parts = new EpochParts(store, OnReject.FAIL);
    var crc = new CRC32C();
    var target = 0;
    var rows = 0L;
    try (OutputStream out =
        new CheckedOutputStream(new BufferedOutputStream(Files.newOutputStream(file)), crc)) {
      for (var value : (Iterable<TestRow>) values::iterator) {
        target = parts.encode(value);
        out.write(parts.row.array(), 0, parts.row.length());
        rows++;
      }
    }
    return new SegmentPart(
        target, rows, Files.size(file), (int) crc.getValue(), null, file.toUri().toString());
  }

  private int encode(TestRow value) throws RowRejectedException {
    row.clear();
    key.clear();
    try {
      return encoder.encode(value, row, key);
    } catch (RowRejectedException e) {
      if (onReject == OnReject.FAIL) {
        throw e;
      }
      row.clear();
      return encoder.encodeDeadLetter(value, e, row);
    }
  }
}
