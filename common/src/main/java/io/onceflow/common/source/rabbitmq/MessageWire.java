package io.onceflow.common.source.rabbitmq;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Texts and bytes of any length, or null; a damaged length is found before memory is taken. */
final class MessageWire {

  private static final int NULL = -1;

  /** Longer than any message that a server takes. */
  private static final int MAX_BYTES = 1 << 30;

  private static final int CHUNK_BYTES = 1 << 20;

  private MessageWire() {}

  static void writeText(String text, DataOutputView out) throws IOException {
    writeBytes(text == null ? null : text.getBytes(StandardCharsets.UTF_8), out);
  }

  static String readText(DataInputView in) throws IOException {
    byte[] bytes = readBytes(in);
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }

  static void writeBytes(byte[] bytes, DataOutputView out) throws IOException {
    out.writeInt(bytes == null ? NULL : bytes.length);
    if (bytes != null) {
      out.write(bytes);
    }
  }

  static byte[] readBytes(DataInputView in) throws IOException {
    int length = in.readInt();
    if (length == NULL) {
      return null;
    }
    checkCount(length);
    byte[] bytes = new byte[Math.min(length, CHUNK_BYTES)];
    in.readFully(bytes);
    // Memory follows the bytes that are really there, not the length that claims to be.
    for (int read = bytes.length; read < length; read = bytes.length) {
      bytes = Arrays.copyOf(bytes, (int) Math.min(length, 2L * read));
      in.readFully(bytes, read, bytes.length - read);
    }
    return bytes;
  }

  static int checkCount(int count) throws IOException {
    if (count < 0 || count > MAX_BYTES) {
      throw new IOException(
          "A part of a message cannot have the length %d: the bytes are damaged.".formatted(count));
    }
    return count;
  }
}
