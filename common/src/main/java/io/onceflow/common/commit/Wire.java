package io.onceflow.common.commit;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The pieces that the committables' binary formats share. Every length is checked before use. */
final class Wire {

  private static final int MAX_PARTS = 1 << 20;

  private Wire() {}

  /** Something that is written to a stream. */
  interface Body {
    void writeTo(DataOutputStream out) throws IOException;
  }

  /** Something that is read from a stream of a known length. */
  interface Reading<T> {
    T readFrom(DataInputStream in) throws IOException;
  }

  static byte[] write(Body body) throws IOException {
    var bytes = new ByteArrayOutputStream(256);
    try (var out = new DataOutputStream(bytes)) {
      body.writeTo(out);
    }
    return bytes.toByteArray();
  }

  static <T> T read(byte[] bytes, Reading<T> reading) throws IOException {
    try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      var value = reading.readFrom(in);
      if (in.available() > 0) {
        throw new IOException(
            "A committable of %d bytes has %d bytes too many."
                .formatted(bytes.length, in.available()));
      }
      return value;
    } catch (IllegalArgumentException e) {
      throw new IOException("A committable holds a value that is not allowed.", e);
    }
  }

  static void checkVersion(int newest, int found, String what) throws IOException {
    if (found < 1 || found > newest) {
      throw new IOException(
          "%s was written in version %d; this library reads versions 1 to %d."
              .formatted(what, found, newest));
    }
  }

  static void writeString(DataOutputStream out, String value) throws IOException {
    writeBytes(out, value.getBytes(StandardCharsets.UTF_8));
  }

  static String readString(DataInputStream in) throws IOException {
    return new String(readBytes(in), StandardCharsets.UTF_8);
  }

  static void writeParts(DataOutputStream out, List<SegmentPart> parts) throws IOException {
    out.writeInt(parts.size());
    for (var part : parts) {
      out.writeInt(part.target());
      out.writeLong(part.rows());
      out.writeLong(part.bytes());
      out.writeInt(part.crc32c());
      out.writeBoolean(part.path() == null);
      if (part.path() == null) {
        writeBytes(out, part.inline());
      } else {
        writeString(out, part.path());
      }
      out.writeLong(part.rowSum());
    }
  }

  /** Version 1 had no sum over rows. */
  static List<SegmentPart> readParts(DataInputStream in, int version) throws IOException {
    var count = checkLength(in.readInt(), MAX_PARTS);
    var parts = new ArrayList<SegmentPart>(Math.min(count, 1024));
    for (var i = 0; i < count; i++) {
      var target = in.readInt();
      var rows = in.readLong();
      var bytes = in.readLong();
      var crc = in.readInt();
      var inline = in.readBoolean();
      parts.add(
          new SegmentPart(
              target,
              rows,
              bytes,
              crc,
              inline ? readBytes(in) : null,
              inline ? null : readString(in),
              version == 1 ? SegmentPart.NO_SUM : in.readLong()));
    }
    return parts;
  }

  static void writeTransactions(DataOutputStream out, List<PreparedTransaction> transactions)
      throws IOException {
    out.writeInt(transactions.size());
    for (var transaction : transactions) {
      writeString(out, transaction.id());
      out.writeLong(transaction.rows());
      out.writeLong(transaction.bytes());
      out.writeLong(transaction.checksum());
      out.writeLong(transaction.rejected());
    }
  }

  static List<PreparedTransaction> readTransactions(DataInputStream in) throws IOException {
    var count = checkLength(in.readInt(), MAX_PARTS);
    var transactions = new ArrayList<PreparedTransaction>(Math.min(count, 1024));
    for (var i = 0; i < count; i++) {
      transactions.add(
          new PreparedTransaction(
              readString(in), in.readLong(), in.readLong(), in.readLong(), in.readLong()));
    }
    return transactions;
  }

  static void writeStrings(DataOutputStream out, List<String> values) throws IOException {
    out.writeInt(values.size());
    for (var value : values) {
      writeString(out, value);
    }
  }

  static List<String> readStrings(DataInputStream in) throws IOException {
    var count = checkLength(in.readInt(), MAX_PARTS);
    var values = new ArrayList<String>(Math.min(count, 1024));
    for (var i = 0; i < count; i++) {
      values.add(readString(in));
    }
    return values;
  }

  private static void writeBytes(DataOutputStream out, byte[] value) throws IOException {
    out.writeInt(value.length);
    out.write(value);
  }

  private static byte[] readBytes(DataInputStream in) throws IOException {
    var bytes = new byte[checkLength(in.readInt(), in.available())];
    in.readFully(bytes);
    return bytes;
  }

  private static int checkLength(int length, int limit) throws IOException {
    if (length < 0 || length > limit) {
      throw new IOException("Length %d is outside 0 to %d.".formatted(length, limit));
    }
    return length;
  }
}
