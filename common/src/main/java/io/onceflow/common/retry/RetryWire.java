package io.onceflow.common.retry;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Texts, bytes and lists of the formats in this package, with a bound on each length. */
final class RetryWire {

  private static final int CHUNK_BYTES = 1 << 16;

  /** Of a text; UTF-8 takes up to 3 bytes of a char. */
  private static final int MAX_TEXT_BYTES = 3 * RetryMessage.MAX_HEADER_CHARS;

  private RetryWire() {}

  /** Writes one element. */
  interface Writer<T> {
    void write(T value, DataOutputView out) throws IOException;
  }

  /** Reads one element. */
  interface Reader<T> {
    T read(DataInputView in) throws IOException;
  }

  static void writeText(String text, DataOutputView out) throws IOException {
    writeBytes(text.getBytes(StandardCharsets.UTF_8), out);
  }

  static String readText(DataInputView in) throws IOException {
    return new String(readBytes(in, MAX_TEXT_BYTES), StandardCharsets.UTF_8);
  }

  static void writeBytes(byte[] bytes, DataOutputView out) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  static byte[] readBytes(DataInputView in, int maxBytes) throws IOException {
    int length = count(in, maxBytes);
    byte[] bytes = new byte[Math.min(length, CHUNK_BYTES)];
    in.readFully(bytes);
    // Memory follows the bytes that are really there, not the length that claims to be.
    for (int read = bytes.length; read < length; read = bytes.length) {
      bytes = Arrays.copyOf(bytes, (int) Math.min(length, 2L * read));
      in.readFully(bytes, read, bytes.length - read);
    }
    return bytes;
  }

  static <T> void writeList(List<T> list, Writer<T> writer, DataOutputView out) throws IOException {
    out.writeInt(list.size());
    for (T element : list) {
      writer.write(element, out);
    }
  }

  static <T> List<T> readList(DataInputView in, int maxSize, Reader<T> reader) throws IOException {
    int size = count(in, maxSize);
    List<T> list = new ArrayList<>(Math.min(size, 64));
    for (int i = 0; i < size; i++) {
      list.add(reader.read(in));
    }
    return list;
  }

  private static int count(DataInputView in, int max) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > max) {
      throw new IOException(
          "A length of %d is outside of 0 to %d: the bytes are damaged.".formatted(count, max));
    }
    return count;
  }

  /** What a number in the stream stands for. */
  static <E> E numbered(E[] all, int number) throws IOException {
    if (number >= all.length) {
      throw new IOException(
          "%d is no %s: the bytes are damaged, or written by a newer release."
              .formatted(number, all.getClass().getComponentType().getSimpleName()));
    }
    return all[number];
  }
}
