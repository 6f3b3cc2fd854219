package io.onceflow.testbed.run.check;

import io.onceflow.testbed.run.check.Mistakes.Kind;
import io.onceflow.testbed.run.load.CommandSender;
import io.onceflow.testbed.run.load.CommandSource.Meant;
import io.onceflow.testbed.run.load.SentLog;
import io.onceflow.testbed.run.load.SentReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * Compares one partition of the input topic with what was written down before it was sent: the same
 * commands, each sender's in its order, and nothing else. One thread.
 */
final class InputCheck implements AutoCloseable {

  private final int partition;
  private final Mistakes mistakes;
  private final Map<String, SentReader> logs = new HashMap<>();

  InputCheck(Path sentDirectory, int partition, Mistakes mistakes) throws IOException {
    this.partition = partition;
    this.mistakes = mistakes;
    String suffix = SentLog.fileName("", partition);
    for (Path file : files(sentDirectory, suffix)) {
      String name = file.getFileName().toString();
      logs.put(name.substring(0, name.length() - suffix.length()), new SentReader(file));
    }
  }

  private static List<Path> files(Path directory, String suffix) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.getFileName().toString().endsWith(suffix)).toList();
    }
  }

  /** Takes the next record of the partition and tells what it was meant to be. */
  Meant take(ConsumerRecord<byte[], byte[]> message) throws IOException {
    Header header = message.headers().lastHeader(CommandSender.HEADER);
    String[] origin =
        header == null
            ? new String[0]
            : new String(header.value(), StandardCharsets.US_ASCII).split(":", 2);
    SentReader log = origin.length == 2 ? logs.get(origin[0]) : null;
    if (log == null) {
      mistakes.add(Kind.NOT_SENT, at(message.offset()) + " was sent by nobody of this run");
      return Meant.UNKNOWN;
    }
    return match(message, log, origin[0], Long.parseLong(origin[1]));
  }

  private Meant match(
      ConsumerRecord<byte[], byte[]> message, SentReader log, String sender, long number)
      throws IOException {
    if (number < log.expected()) {
      mistakes.add(
          Kind.NOT_SENT,
          "%s is number %d of %s again".formatted(at(message.offset()), number, sender));
      return Meant.UNKNOWN;
    }
    SentReader.Line line = log.next();
    while (line != null && line.seq() < number) {
      lost(sender, line);
      line = log.next();
    }
    if (line == null) {
      mistakes.add(
          Kind.NOT_SENT,
          "%s is number %d of %s, which was not written down"
              .formatted(at(message.offset()), number, sender));
      return Meant.UNKNOWN;
    } else if (!Arrays.equals(line.command(), message.value())) {
      mistakes.add(
          Kind.OTHER_BYTES, "%s, number %d of %s".formatted(at(message.offset()), number, sender));
      return Meant.UNKNOWN;
    }
    return line.meant();
  }

  /**
   * Notes what was written down and is not in the topic. The last lines of a sender that was killed
   * are not lost: nobody was told that they had been sent.
   */
  void finish() throws IOException {
    for (Map.Entry<String, SentReader> log : logs.entrySet()) {
      List<SentReader.Line> rest = new ArrayList<>();
      for (SentReader.Line line = log.getValue().next();
          line != null;
          line = log.getValue().next()) {
        rest.add(line);
      }
      if (log.getValue().isFinished()) {
        rest.forEach(line -> lost(log.getKey(), line));
      }
    }
  }

  private void lost(String sender, SentReader.Line line) {
    mistakes.add(
        Kind.NOT_IN_INPUT,
        "partition %d, number %d of %s: %s"
            .formatted(
                partition, line.seq(), sender, new String(line.command(), StandardCharsets.UTF_8)));
  }

  private String at(long offset) {
    return "partition %d offset %d".formatted(partition, offset);
  }

  @Override
  public void close() throws IOException {
    for (SentReader log : logs.values()) {
      log.close();
    }
  }
}
