package io.onceflow.producer;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * A file that only grows, by frames: each is on the disk when {@link #append} returns, and whole or
 * not there after a crash. Only the last frame can be torn, because the next one is begun after the
 * last one was forced; {@link #open} cuts a torn one off and refuses any other damage.
 *
 * <pre>
 * frame: magic (4) | length of the body (4) | CRC32C of these eight (4) | CRC32C of the body (4) | body
 * </pre>
 *
 * <p>Not thread-safe.
 */
final class FrameLog implements AutoCloseable {

  static final int HEADER_BYTES = 16;
  static final int MAX_BODY_BYTES = 64 << 20;
  private static final int MAGIC = 0x4f464f42;

  private final Path file;

  /** Not a channel: the interrupt of a thread that adds a message would close it for all. */
  private final RandomAccessFile bytes;

  private long size;
  private boolean broken;

  private FrameLog(Path file) throws IOException {
    this.file = file;
    this.bytes = new RandomAccessFile(file.toFile(), "rw");
  }

  /** Takes the bodies of a log, in order. */
  interface Reader {
    /**
     * @param position of the body in the file
     */
    void frame(long position, byte[] body) throws IOException;
  }

  /** Makes an empty log. */
  static FrameLog create(Path file) throws IOException {
    Files.deleteIfExists(file);
    return new FrameLog(file);
  }

  /** Reads all frames of a log and repairs its end. */
  static FrameLog open(Path file, Reader reader) throws IOException {
    FrameLog log = new FrameLog(file);
    boolean opened = false;
    try {
      log.replay(reader);
      opened = true;
      return log;
    } finally {
      if (!opened) {
        log.close();
      }
    }
  }

  private void replay(Reader reader) throws IOException {
    long end = bytes.length();
    byte[] body = bodyAt(0, end);
    while (body != null) {
      reader.frame(size + HEADER_BYTES, body);
      size += HEADER_BYTES + body.length;
      body = bodyAt(size, end);
    }
    if (size < end) {
      cutTorn(end);
    }
  }

  private void cutTorn(long end) throws IOException {
    for (long at = size + 1; at + HEADER_BYTES <= end; at++) {
      if (bodyAt(at, end) != null) {
        throw new IOException(
            "%s is damaged at byte %d, and not at its end: byte %d begins a whole frame. No crash does that; restore the file, or look for what else writes to it."
                .formatted(file, size, at));
      }
    }
    OutboxLog.LOG.warn(
        "The last {} bytes of {} are what a crash has left of an append that nobody was told of; they are cut off.",
        end - size,
        file);
    bytes.setLength(size);
    bytes.getFD().sync();
  }

  /** The body of the frame that begins there, or null when none does. */
  private byte[] bodyAt(long position, long end) throws IOException {
    if (end - position < HEADER_BYTES) {
      return null;
    }
    ByteBuffer header = readAt(position, HEADER_BYTES);
    int length = header.getInt(4);
    if (header.getInt(0) != MAGIC
        || header.getInt(8) != checksum(Arrays.copyOf(header.array(), 8))
        || length < 0
        || length > MAX_BODY_BYTES
        || length > end - position - HEADER_BYTES) {
      return null;
    }
    byte[] body = readAt(position + HEADER_BYTES, length).array();
    return checksum(body) == header.getInt(12) ? body : null;
  }

  private static int checksum(byte[] bytes) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes);
    return (int) checksum.getValue();
  }

  /** A part of the file. */
  ByteBuffer readAt(long position, int length) throws IOException {
    byte[] part = new byte[length];
    bytes.seek(position);
    bytes.readFully(part);
    return ByteBuffer.wrap(part);
  }

  /**
   * Appends a frame and forces it to the disk.
   *
   * @return where its body begins
   * @throws IOException when it is not appended; when not even that is sure, all further calls
   *     throw too
   */
  long append(byte[] body) throws IOException {
    long position = write(body);
    force();
    return position;
  }

  /** Appends a frame, for {@link #force} to make it durable. */
  long write(byte[] body) throws IOException {
    if (broken) {
      throw new IOException(
          "%s could not be written or forced before, and what it holds is unknown; close the outbox and open it again."
              .formatted(file));
    }
    ByteBuffer frame = ByteBuffer.allocate(HEADER_BYTES + body.length);
    frame.putInt(MAGIC).putInt(body.length);
    frame.putInt(checksum(Arrays.copyOf(frame.array(), 8))).putInt(checksum(body)).put(body);
    broken = true;
    try {
      bytes.seek(size);
      bytes.write(frame.array());
    } catch (IOException e) {
      // A full disk, for one; without the half frame the log is as it was.
      bytes.setLength(size);
      broken = false;
      throw e;
    }
    broken = false;
    long position = size + HEADER_BYTES;
    size += frame.capacity();
    return position;
  }

  /** Makes all frames durable. After a failure the kernel may call the pages clean: no more. */
  void force() throws IOException {
    broken = true;
    bytes.getFD().sync();
    broken = false;
  }

  /** Takes no more frames. */
  void end() {
    broken = true;
  }

  long sizeBytes() {
    return size;
  }

  /** Takes the place of another log, whole or not at all. */
  void moveTo(Path other) throws IOException {
    Files.move(file, other, StandardCopyOption.ATOMIC_MOVE);
    forceDirectory(other.getParent());
  }

  /** Makes the names in a directory durable. */
  static void forceDirectory(Path directory) throws IOException {
    try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
      names.force(true);
    }
  }

  @Override
  public void close() throws IOException {
    bytes.close();
  }
}
