package io.onceflow.common.sink.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.onceflow.common.commit.DamagedSegmentException;
import io.onceflow.common.commit.RowBuffer;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.TreeMap;

/**
 * The form of a message in a segment. A version stands in front of each: a segment may be read by a
 * newer release than the one that wrote it.
 */
final class OutputFormat {

  private static final int VERSION = 1;
  private static final int NULL = -1;

  private OutputFormat() {}

  static void write(RabbitMqOutput output, RowBuffer row) {
    row.putByte(VERSION);
    putText(row, output.destination());
    putBytes(row, output.body());
    putText(row, output.messageId());
    putText(row, output.correlationId());
    putText(row, output.replyTo());
    putText(row, output.contentType());
    row.putInt(output.priority());
    row.putLong(output.timestampMs());
    row.putInt(output.headers().size());
    output
        .headers()
        .forEach(
            (name, value) -> {
              putText(row, name);
              putText(row, value);
            });
  }

  private static void putText(RowBuffer row, String text) {
    if (text == null) {
      row.putInt(NULL);
    } else {
      putBytes(row, text.getBytes(UTF_8));
    }
  }

  private static void putBytes(RowBuffer row, byte[] bytes) {
    row.putInt(bytes.length);
    row.putBytes(bytes, 0, bytes.length);
  }

  /**
   * Reads the next message.
   *
   * @return null at the end
   * @throws DamagedSegmentException when a field is none that {@link #write} has written
   */
  static RabbitMqOutput read(DataInputStream in) throws IOException {
    var version = in.read();
    if (version < 0) {
      return null;
    }
    if (version != VERSION) {
      throw new DamagedSegmentException(
          "A message was staged in version %d; this library reads version %d."
              .formatted(version, VERSION));
    }
    return new RabbitMqOutput(
        readText(in),
        readBytes(in),
        readText(in),
        readText(in),
        readText(in),
        readText(in),
        in.readInt(),
        in.readLong(),
        readHeaders(in));
  }

  private static TreeMap<String, String> readHeaders(DataInputStream in) throws IOException {
    var count = in.readInt();
    var headers = new TreeMap<String, String>();
    for (var i = 0; i < count; i++) {
      headers.put(readText(in), readText(in));
    }
    return headers;
  }

  private static String readText(DataInputStream in) throws IOException {
    var bytes = readBytes(in);
    return bytes == null ? null : new String(bytes, UTF_8);
  }

  private static byte[] readBytes(DataInputStream in) throws IOException {
    var length = in.readInt();
    if (length == NULL) {
      return null;
    }
    if (length < 0 || length > OutputRules.MAX_QUEUE_BYTES) {
      throw new DamagedSegmentException(
          "A staged message has a field of %d bytes.".formatted(length));
    }
    var bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException(
          "A staged message ends %d bytes early.".formatted(length - bytes.length));
    }
    return bytes;
  }
}
