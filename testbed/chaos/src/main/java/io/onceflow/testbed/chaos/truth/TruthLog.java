package io.onceflow.testbed.chaos.truth;

import io.onceflow.common.source.DecodeException;
import io.onceflow.testbed.chaos.job.Transfer;
import io.onceflow.testbed.chaos.job.TransferJson;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What was sent: each transfer once, in the order of sending, and the ids of the poison. A line per
 * entry is on the disk, synced, before anything of it is sent. One thread appends, any thread
 * reads; a transfer's index in this order is its position.
 */
public final class TruthLog implements Closeable {

  private static final String POISON = "poison ";

  private final Path file;
  private final FileChannel channel;
  private final List<Transfer> transfers = new ArrayList<>();
  private final Map<Integer, List<Integer>> positionsByKey = new HashMap<>();
  private final Map<String, Integer> positionOfPoison = new LinkedHashMap<>();

  private TruthLog(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /** Creates a log in a new file. */
  public static TruthLog create(Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    return new TruthLog(
        file, FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
  }

  /** Reads a log as the disk has it; nothing can be appended. */
  public static TruthLog read(Path file) throws IOException {
    var log = new TruthLog(file, null);
    for (var line : Files.readAllLines(file)) {
      if (line.startsWith(POISON)) {
        log.rememberPoison(line.substring(POISON.length()));
      } else {
        log.remember(parse(file, line));
      }
    }
    return log;
  }

  private static Transfer parse(Path file, String line) throws IOException {
    try {
      return TransferJson.parse(line);
    } catch (DecodeException e) {
      throw new IOException("%s holds a line that is no transfer: %s".formatted(file, line), e);
    }
  }

  /** Where it is. */
  public Path file() {
    return file;
  }

  /** Writes these down and returns when the disk has them. Send them afterwards. */
  public void append(List<Transfer> batch, List<String> poisonIds) throws IOException {
    var text = new StringBuilder();
    batch.forEach(transfer -> text.append(transfer.json()).append('\n'));
    poisonIds.forEach(id -> text.append(POISON).append(id).append('\n'));
    var bytes = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    channel.force(false);
    synchronized (this) {
      batch.forEach(this::remember);
      poisonIds.forEach(this::rememberPoison);
    }
  }

  private synchronized void remember(Transfer transfer) {
    var ofKey = positionsByKey.computeIfAbsent(transfer.key(), key -> new ArrayList<>());
    if (transfer.seq() != ofKey.size() + 1) {
      throw new IllegalArgumentException(
          "Key %d has %d transfers; the next one has number %d."
              .formatted(transfer.key(), ofKey.size(), transfer.seq()));
    }
    ofKey.add(transfers.size());
    transfers.add(transfer);
  }

  private synchronized void rememberPoison(String id) {
    positionOfPoison.put(id, transfers.size());
  }

  /** How many transfers were written down; the position of the next one. */
  public synchronized long position() {
    return transfers.size();
  }

  /** The transfer at a position. */
  public synchronized Transfer at(long position) {
    return transfers.get((int) position);
  }

  /** The position of a transfer, or -1 when no such one was ever sent. */
  public synchronized long find(int key, long seq) {
    var ofKey = positionsByKey.get(key);
    return ofKey == null || seq < 1 || seq > ofKey.size() ? -1 : ofKey.get((int) seq - 1);
  }

  /** The ids of the poison so far. */
  public synchronized List<String> poison() {
    return List.copyOf(positionOfPoison.keySet());
  }

  /** The ids of the poison that was sent before the transfer of a position. */
  public synchronized List<String> poison(long position) {
    return positionOfPoison.entrySet().stream()
        .filter(one -> one.getValue() <= position)
        .map(Map.Entry::getKey)
        .toList();
  }

  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
  }
}
