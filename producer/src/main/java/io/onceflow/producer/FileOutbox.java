package io.onceflow.producer;

import io.onceflow.producer.FileEntries.Header;
import io.onceflow.producer.FileEntries.State;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An outbox in a directory, for an application without a database: {@link #add} returns when the
 * message is on the disk. A message is added once the method has returned; when it throws, or the
 * process dies in it, the message may be there or not, under its id.
 *
 * <p>One process has the directory, by a lock on a file in it. The log survives a crash at any
 * byte; it is written anew when most of it is about messages that are finished. The index is in
 * memory, about 100 bytes for each unfinished message; the messages are in the file.
 *
 * <p>Thread-safe.
 */
public final class FileOutbox implements Outbox {

  private static final String LOG = "outbox.log";
  private static final String NEW_LOG = "outbox.log.new";
  private static final String LOCK = "outbox.lock";

  /** A log below this size is not worth a compaction. */
  private static final long DEFAULT_COMPACT_BYTES = 4 << 20;

  private static final int WASTE_FACTOR = 4;

  /**
   * Those of this process. Looked at before the lock file is opened once more: to close that again
   * would take the lock from whoever has it here.
   */
  private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

  private final Path directory;
  private final String producer;
  private final long compactBytes;
  private FileChannel lockFile;
  private final TreeMap<Long, Slot> slots = new TreeMap<>();
  private FrameLog log;
  private long lastSequence;
  private long lastTaken;
  private long liveBytes;

  /** Where a message is, and how far it has come. */
  private static final class Slot {
    private final long position;
    private final int length;
    private long takenAtMs;
    private long finalSinceMs;

    private Slot(long position, int length) {
      this.position = position;
      this.length = length;
    }
  }

  /**
   * Opens the outbox of a producer, or makes it.
   *
   * @throws IOException when another process has it, when it is another producer's, or damaged
   */
  public FileOutbox(Path directory, String producer) throws IOException {
    this(directory, producer, DEFAULT_COMPACT_BYTES);
  }

  FileOutbox(Path directory, String producer, long compactBytes) throws IOException {
    Files.createDirectories(directory);
    this.directory = directory.toRealPath();
    this.producer = producer;
    this.compactBytes = compactBytes;
    if (!OPEN.add(this.directory)) {
      throw new IOException(
          "The outbox in %s is open in this process already.".formatted(this.directory));
    }
    boolean opened = false;
    try {
      lock();
      Files.deleteIfExists(this.directory.resolve(NEW_LOG));
      Path file = this.directory.resolve(LOG);
      log = Files.exists(file) ? FrameLog.open(file, this::replay) : null;
      if (log == null || log.sizeBytes() == 0) {
        // A process that died while it made the outbox leaves a log without its first frame.
        close(log);
        log = written();
      }
      opened = true;
    } finally {
      if (!opened) {
        close(log);
        release();
      }
    }
  }

  private void lock() throws IOException {
    lockFile =
        FileChannel.open(
            directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (lockFile.tryLock() == null) {
      throw new IOException(
          "The outbox in %s is open in another process; a producer has one.".formatted(directory));
    }
  }

  private void release() throws IOException {
    if (lockFile != null) {
      lockFile.close();
    }
    OPEN.remove(directory);
  }

  private void replay(long position, byte[] body) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(body));
    int type = in.readUnsignedByte();
    switch (type) {
      case FileEntries.HEADER -> {
        Header header = FileEntries.readHeader(in);
        if (!header.producer().equals(producer)) {
          throw new IOException(
              "The outbox in %s is that of %s, not of %s; each producer needs a directory of its own."
                  .formatted(directory, header.producer(), producer));
        }
        lastSequence = header.lastSequence();
      }
      case FileEntries.ADDED -> put(in.readLong(), position, body.length);
      case FileEntries.STATE -> {
        for (int left = in.readInt(); left > 0; left--) {
          apply(FileEntries.readState(in));
        }
      }
      case FileEntries.DONE -> {
        for (int left = in.readInt(); left > 0; left--) {
          remove(in.readLong());
        }
      }
      default ->
          throw new IOException(
              "The outbox in %s has a frame of type %d; use the release that wrote it."
                  .formatted(directory, type));
    }
  }

  private void put(long sequence, long position, int length) {
    slots.put(sequence, new Slot(position, length));
    liveBytes += FrameLog.HEADER_BYTES + length;
    lastSequence = Math.max(lastSequence, sequence);
  }

  private void apply(State state) {
    Slot slot = slots.get(state.sequence());
    if (slot != null) {
      slot.takenAtMs = state.takenAtMs();
      slot.finalSinceMs = state.finalSinceMs();
    }
    lastTaken = Math.max(lastTaken, state.sequence());
  }

  private void remove(long sequence) {
    Slot slot = slots.remove(sequence);
    if (slot != null) {
      liveBytes -= FrameLog.HEADER_BYTES + slot.length;
    }
  }

  /**
   * Adds a message.
   *
   * @return its number
   * @throws IOException when it is not known to be on the disk
   */
  public synchronized long add(OutboxMessage message) throws IOException {
    long sequence = lastSequence + 1;
    byte[] body = FileEntries.added(sequence, message);
    put(sequence, log.append(body), body.length);
    return sequence;
  }

  /** How many messages are not final yet. */
  public synchronized int unfinished() {
    return slots.size();
  }

  @Override
  public String producer() {
    return producer;
  }

  /** Whoever has opened it has it. */
  @Override
  public boolean claim() {
    return true;
  }

  @Override
  public synchronized long lastSequence() {
    return lastSequence;
  }

  @Override
  public synchronized List<TakenMessage> taken() throws OutboxException {
    return messages(new ArrayList<>(slots.headMap(lastTaken, true).keySet()));
  }

  private List<TakenMessage> messages(List<Long> sequences) throws OutboxException {
    List<TakenMessage> messages = new ArrayList<>(sequences.size());
    try {
      for (long sequence : sequences) {
        Slot slot = slots.get(sequence);
        messages.add(new TakenMessage(sequence, read(slot), slot.takenAtMs, slot.finalSinceMs));
      }
      return messages;
    } catch (IOException e) {
      throw failed("be read", e);
    }
  }

  private OutboxMessage read(Slot slot) throws IOException {
    byte[] body = log.readAt(slot.position, slot.length).array();
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(body));
    in.skipNBytes(1 + Long.BYTES);
    return FileEntries.readMessage(in);
  }

  @Override
  public synchronized List<TakenMessage> take(int max) throws OutboxException {
    long now = System.currentTimeMillis();
    List<Long> next = new ArrayList<>();
    for (long sequence : slots.tailMap(lastTaken, false).keySet()) {
      if (next.size() == max) {
        break;
      }
      next.add(sequence);
    }
    if (!next.isEmpty()) {
      change(next.stream().map(sequence -> new State(sequence, now, 0)).toList());
    }
    return messages(next);
  }

  @Override
  public synchronized void markFinal(List<Long> sequences, long nowMs) throws OutboxException {
    List<State> states = new ArrayList<>();
    for (long sequence : sequences) {
      Slot slot = slots.get(sequence);
      if (slot != null && slot.finalSinceMs == 0) {
        states.add(new State(sequence, slot.takenAtMs, nowMs));
      }
    }
    change(states);
  }

  private void change(List<State> states) throws OutboxException {
    try {
      if (!states.isEmpty()) {
        log.append(FileEntries.states(states));
        states.forEach(this::apply);
      }
    } catch (IOException e) {
      throw failed("be written", e);
    }
  }

  @Override
  public synchronized void finish(List<FinalOutcome> outcomes) throws OutboxException {
    List<Long> sequences =
        outcomes.stream().map(FinalOutcome::sequence).filter(slots::containsKey).toList();
    try {
      if (!sequences.isEmpty()) {
        log.append(FileEntries.done(sequences));
        sequences.forEach(this::remove);
      }
      if (log.sizeBytes() > compactBytes + WASTE_FACTOR * liveBytes) {
        FrameLog old = log;
        log = written();
        close(old);
      }
    } catch (IOException e) {
      throw failed("be written", e);
    }
  }

  /** A new log in place of the old one, with what is left. The index then is about the new one. */
  private FrameLog written() throws IOException {
    FrameLog fresh = FrameLog.create(directory.resolve(NEW_LOG));
    boolean taken = false;
    try {
      Map<Long, Long> positions = copyTo(fresh);
      if (log != null) {
        // From the move on the old one is not what a restart would read, or not surely.
        log.end();
      }
      fresh.moveTo(directory.resolve(LOG));
      positions.forEach(this::moveSlot);
      taken = true;
      return fresh;
    } finally {
      if (!taken) {
        close(fresh);
      }
    }
  }

  private Map<Long, Long> copyTo(FrameLog fresh) throws IOException {
    Map<Long, Long> positions = new TreeMap<>();
    List<State> states = new ArrayList<>();
    fresh.write(FileEntries.header(new Header(producer, lastSequence)));
    for (Map.Entry<Long, Slot> entry : slots.entrySet()) {
      Slot slot = entry.getValue();
      byte[] body = log.readAt(slot.position, slot.length).array();
      positions.put(entry.getKey(), fresh.write(body));
      if (slot.takenAtMs > 0) {
        states.add(new State(entry.getKey(), slot.takenAtMs, slot.finalSinceMs));
      }
    }
    if (!states.isEmpty()) {
      fresh.write(FileEntries.states(states));
    }
    fresh.force();
    return positions;
  }

  private void moveSlot(long sequence, long position) {
    Slot old = slots.get(sequence);
    Slot slot = new Slot(position, old.length);
    slot.takenAtMs = old.takenAtMs;
    slot.finalSinceMs = old.finalSinceMs;
    slots.put(sequence, slot);
  }

  private OutboxException failed(String what, IOException e) {
    return new OutboxException(
        "The outbox in %s cannot %s: %s".formatted(directory, what, e.getMessage()), e);
  }

  private static void close(FrameLog log) throws IOException {
    if (log != null) {
      log.close();
    }
  }

  /** Gives the directory to whoever opens it next. */
  @Override
  public synchronized void close() {
    if (!lockFile.isOpen()) {
      return;
    }
    try {
      log.close();
      release();
    } catch (IOException e) {
      throw new UncheckedIOException("The outbox in %s cannot be closed.".formatted(directory), e);
    }
  }
}
