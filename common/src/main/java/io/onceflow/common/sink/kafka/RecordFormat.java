package io.onceflow.common.sink.kafka;

import io.onceflow.common.commit.DamagedSegmentException;
import io.onceflow.common.commit.RowBuffer;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

/**
 * The form of a record in a segment. A version stands in front of every record: a segment may be
 * read by a newer release than the one that wrote it.
 */
final class RecordFormat {

  private static final int VERSION = 1;
  private static final int NONE = -1;

  /** Longer than any record that a broker takes; a larger length is a damaged segment. */
  private static final int MAX_LENGTH = 1 << 30;

  private RecordFormat() {}

  static void write(ProducerRecord<byte[], byte[]> record, RowBuffer row) {
    row.putByte(VERSION);
    putBytes(row, record.topic().getBytes(StandardCharsets.UTF_8));
    row.putInt(record.partition() == null ? NONE : record.partition());
    row.putLong(record.timestamp() == null ? NONE : record.timestamp());
    putBytes(row, record.key());
    putBytes(row, record.value());
    var headers = record.headers().toArray();
    row.putInt(headers.length);
    for (var header : headers) {
      putBytes(row, header.key().getBytes(StandardCharsets.UTF_8));
      putBytes(row, header.value());
    }
  }

  /**
   * Reads the next record.
   *
   * @throws DamagedSegmentException when a field is none that {@link #write} has written
   */
  static ProducerRecord<byte[], byte[]> read(DataInputStream in) throws IOException {
    var version = in.readUnsignedByte();
    if (version != VERSION) {
      throw new DamagedSegmentException(
          "A record was staged in version %d; this library reads version %d."
              .formatted(version, VERSION));
    }
    var topic = readText(in);
    var partition = atLeastNone(in.readInt(), "partition");
    var timestamp = atLeastNone(in.readLong(), "timestamp");
    var key = readBytes(in);
    var value = readBytes(in);
    return new ProducerRecord<>(
        topic,
        partition == NONE ? null : (int) partition,
        timestamp == NONE ? null : timestamp,
        key,
        value,
        readHeaders(in));
  }

  private static List<Header> readHeaders(DataInputStream in) throws IOException {
    var count = in.readInt();
    if (count < 0) {
      throw new DamagedSegmentException("A staged record has %d headers.".formatted(count));
    }
    var headers = new ArrayList<Header>(Math.min(count, 16));
    for (var i = 0; i < count; i++) {
      headers.add(new RecordHeader(readText(in), readBytes(in)));
    }
    return headers;
  }

  private static String readText(DataInputStream in) throws IOException {
    var bytes = readBytes(in);
    if (bytes == null) {
      throw new DamagedSegmentException("A staged record has no topic, or a header no key.");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static long atLeastNone(long number, String field) throws DamagedSegmentException {
    if (number < NONE) {
      throw new DamagedSegmentException("A staged record has %s %d.".formatted(field, number));
    }
    return number;
  }

  private static void putBytes(RowBuffer row, byte[] bytes) {
    if (bytes == null) {
      row.putInt(NONE);
    } else {
      row.putInt(bytes.length);
      row.putBytes(bytes, 0, bytes.length);
    }
  }

  private static byte[] readBytes(DataInputStream in) throws IOException {
    var length = in.readInt();
    if (length < NONE || length > MAX_LENGTH) {
      throw new DamagedSegmentException(
          "A staged record has a field of %d bytes.".formatted(length));
    }
    if (length == NONE) {
      return null;
    }
    var bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new java.io.EOFException(
          "A staged record ends %d bytes early.".formatted(length - bytes.length));
    }
    return bytes;
  }
}
