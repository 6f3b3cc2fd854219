package io.onceflow.testbed.run.upgrade;

import io.onceflow.ledger.model.CommandGenerator;
import io.onceflow.ledger.model.GeneratedCommand;
import io.onceflow.ledger.model.Mix;
import io.onceflow.ledger.model.ReferenceLedger;
import io.onceflow.testbed.run.load.CommandSender;
import io.onceflow.testbed.run.load.CommandSource.Meant;
import io.onceflow.testbed.run.load.Partitions;
import io.onceflow.testbed.run.load.SentLog;
import io.onceflow.testbed.servers.KafkaClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * The commands of a fixture, the same for ever.
 *
 * @param committed so many of them are in epochs that were committed before the savepoint
 * @param saved so many are in the savepoint; those in between in epochs that wait to be committed
 * @param commands all, also those that come after the savepoint
 */
record FixtureInput(int committed, int saved, List<GeneratedCommand> commands) {

  static final int PARTITIONS = 2;

  private static final long SEED = 4;
  private static final int COMMITTED = 120;
  private static final int SAVED = 200;
  private static final int ALL = 400;

  /** A new one, with everything that can go wrong. */
  static FixtureInput generate() {
    var generator = new CommandGenerator(SEED, new Mix(4, 6, 100, 80, 100, 180, 180, 100, 20, 40));
    var commands = new ArrayList<GeneratedCommand>();
    while (commands.size() < ALL) {
      commands.add(generator.next());
    }
    return new FixtureInput(COMMITTED, SAVED, commands);
  }

  static FixtureInput parse(List<String> lines) {
    var head = lines.get(0).split(" ");
    var commands = new ArrayList<GeneratedCommand>();
    for (var line : lines.subList(1, lines.size())) {
      var words = line.split(" ", -1);
      commands.add(
          new GeneratedCommand(
              words[0],
              Base64.getDecoder().decode(words[3]),
              Long.parseLong(words[1]),
              Boolean.parseBoolean(words[2])));
    }
    return new FixtureInput(Integer.parseInt(head[0]), Integer.parseInt(head[1]), commands);
  }

  List<String> lines() {
    var lines = new ArrayList<String>();
    lines.add(committed + " " + saved);
    for (var command : commands) {
      lines.add(
          "%s %d %b %s"
              .formatted(
                  command.group(),
                  command.timestampMs(),
                  command.wellFormed(),
                  Base64.getEncoder().encodeToString(command.json())));
    }
    return lines;
  }

  /** Sends a range of the commands, each to the partition of its group. */
  void send(KafkaClient kafka, String topic, int from, int to) {
    var numbers = new long[PARTITIONS];
    for (var i = 0; i < to; i++) {
      var command = commands.get(i);
      var partition = partition(command);
      var number = ++numbers[partition];
      if (i >= from) {
        var message =
            new ProducerRecord<>(
                topic,
                partition,
                command.timestampMs(),
                command.group().getBytes(StandardCharsets.UTF_8),
                command.json());
        message
            .headers()
            .add(CommandSender.HEADER, ("fixture:" + number).getBytes(StandardCharsets.US_ASCII));
        kafka.send(message);
      }
    }
    kafka.flush();
  }

  /** Writes down that all of them were sent, for the final check. */
  void log(Path directory) throws IOException {
    try (var log = new SentLog(directory, "fixture", PARTITIONS)) {
      for (var command : commands) {
        log.append(
            partition(command),
            command.json(),
            command.wellFormed() ? Meant.WELL_FORMED : Meant.MALFORMED);
      }
      log.finish();
    }
  }

  /** How many results the first commands have, by the reference ledger. */
  long results(int commandsToExecute) {
    var model = new ReferenceLedger();
    var offsets = new long[PARTITIONS];
    var results = 0L;
    for (var command : commands.subList(0, commandsToExecute)) {
      var partition = partition(command);
      var made = model.accept(command.at(partition, offsets[partition]++));
      results += made.map(List::size).orElse(0);
    }
    return results;
  }

  private static int partition(GeneratedCommand command) {
    return Partitions.of(command.group(), PARTITIONS);
  }
}
