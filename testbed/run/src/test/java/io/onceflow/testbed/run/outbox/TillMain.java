package io.onceflow.testbed.run.outbox;

import io.onceflow.producer.FileOutbox;
import io.onceflow.producer.OutboxMessage;
import io.onceflow.producer.OutboxSender;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Adds messages to an outbox in a directory, and writes down each that was added. Ends when there
 * are enough and nothing is left in the outbox. Arguments: bootstrap servers, directory, how many.
 */
final class TillMain {

  static final String PRODUCER = "till";

  private TillMain() {}

  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[1]);
    int messages = Integer.parseInt(arguments[2]);
    Path added = added(directory);
    FileOutbox outbox = new FileOutbox(directory, PRODUCER);
    try (OutboxSender sender = new OutboxSender(outbox, Senders.settings(arguments[0])).start()) {
      long number = Files.exists(added) ? Files.readAllLines(added).size() : 0;
      while (number < messages) {
        number++;
        // A number whose adding was not written down is added once more, as another message.
        String id = "%s-%d-%s".formatted(PRODUCER, number, UUID.randomUUID());
        byte[] payload = Long.toString(number).getBytes(StandardCharsets.UTF_8);
        outbox.add(OutboxMessage.of("t" + number % 5, payload).withId(id));
        Files.write(added, List.of(id), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(40));
      }
      while (outbox.unfinished() > 0) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
      }
      Senders.print(sender);
    }
  }

  /** The ids of the messages that are known to have been added, one in a line. */
  static Path added(Path directory) {
    return directory.resolve("added");
  }
}
