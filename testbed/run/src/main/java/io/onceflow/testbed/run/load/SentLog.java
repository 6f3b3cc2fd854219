package io.onceflow.testbed.run.load;

import io.onceflow.testbed.run.load.CommandSource.Meant;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Base64;

/**
 * What a sender is about to send, written down before it is sent: one file per partition, {@code
 * <sender>-<partition>.jsonl}, each line with the partition, the sender's number of the record in
 * that partition (from 1) and the record itself: {@code command} as text, or {@code base64} when
 * its bytes are not UTF-8. {@code malformed} is there when the record's maker knows that: false for
 * one that has to be executed, true for one that must be refused.
 *
 * <p>A sender that ends well adds a line {@code {"end":<count>}}. Without it the sender was killed,
 * and its last lines may never have been sent.
 *
 * <p>{@link #flush} hands the lines to the operating system, so they survive this process. Used by
 * one thread.
 */
public final class SentLog implements Closeable {

  private static final int BUFFER_BYTES = 1 << 16;
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private final String sender;
  private final OutputStream[] files;
  private final long[] counts;

  /** Creates the files; the sender's name must be new. */
  public SentLog(Path directory, String sender, int partitions) throws IOException {
    this.sender = sender;
    this.files = new OutputStream[partitions];
    this.counts = new long[partitions];
    Files.createDirectories(directory);
    for (int partition = 0; partition < partitions; partition++) {
      files[partition] =
          new BufferedOutputStream(
              Files.newOutputStream(
                  directory.resolve(fileName(sender, partition)),
                  StandardOpenOption.CREATE_NEW,
                  StandardOpenOption.WRITE),
              BUFFER_BYTES);
    }
  }

  /** The name of a sender's file for a partition. */
  public static String fileName(String sender, int partition) {
    return sender + "-" + partition + ".jsonl";
  }

  /** The sender this log belongs to. */
  public String sender() {
    return sender;
  }

  /** Appends a record and returns its number in its partition. */
  public long append(int partition, byte[] command, Meant meant) throws IOException {
    long seq = ++counts[partition];
    OutputStream out = files[partition];
    out.write(ascii("{\"seq\":" + seq + ",\"partition\":" + partition + malformed(meant)));
    if (isUtf8(command)) {
      out.write(ascii("\"command\":\""));
      writeEscaped(out, command);
    } else {
      out.write(ascii("\"base64\":\""));
      out.write(Base64.getEncoder().encode(command));
    }
    out.write(ascii("\"}\n"));
    return seq;
  }

  private static String malformed(Meant meant) {
    return switch (meant) {
      case UNKNOWN -> ",";
      case WELL_FORMED -> ",\"malformed\":false,";
      case MALFORMED -> ",\"malformed\":true,";
    };
  }

  /** Hands all lines to the operating system. */
  public void flush() throws IOException {
    for (OutputStream file : files) {
      file.flush();
    }
  }

  /** Notes that all that was written down was acknowledged: what is missing after this is lost. */
  public void finish() throws IOException {
    for (int partition = 0; partition < files.length; partition++) {
      files[partition].write(ascii("{\"end\":" + counts[partition] + "}\n"));
    }
    flush();
  }

  @Override
  public void close() throws IOException {
    for (OutputStream file : files) {
      file.close();
    }
  }

  private static void writeEscaped(OutputStream out, byte[] text) throws IOException {
    for (byte b : text) {
      if (b == '"' || b == '\\') {
        out.write('\\');
        out.write(b);
      } else if (b >= 0 && b < ' ') {
        out.write(ascii("\\u00"));
        out.write(HEX[b >> 4]);
        out.write(HEX[b & 15]);
      } else {
        out.write(b);
      }
    }
  }

  private static boolean isUtf8(byte[] bytes) {
    boolean ascii = true;
    for (byte b : bytes) {
      ascii &= b >= 0;
    }
    if (ascii) {
      return true;
    }
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException notText) {
      return false;
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
