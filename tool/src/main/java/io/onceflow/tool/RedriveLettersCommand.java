package io.onceflow.tool;

import io.onceflow.producer.wire.DeadMessage;
import io.onceflow.producer.wire.Message;
import java.util.HashSet;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Sends messages of dead letters to their input topic again. */
@Command(
    name = "redrive",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 110,
    description = {
      "Sends the messages of dead letters to their input topic again: same id, key and payload.",
      "Message and audit record are in one transaction, so a letter is redriven once, however often this runs",
      "and wherever it is stopped. Without --execute it only says what it would do."
    },
    footer = {
      "%nExamples:",
      "  onceflow dead-messages redrive --config job.yaml --topic dead 0:17 --because 'bank is back' --execute",
      "  onceflow dead-messages redrive --config job.yaml --topic dead --reason attempts_exhausted --priority 7 \\",
      "    --because 'bank is back' --execute"
    })
final class RedriveLettersCommand extends SettleLettersCommand {

  @Option(
      names = "--priority",
      paramLabel = "N",
      description = "0, the most urgent, to 9. Default: the message's own.")
  private Integer priority;

  @Option(
      names = "--to",
      paramLabel = "TOPIC",
      description = "The input topic. Default: where the message was read from.")
  private String to;

  private final Set<String> known = new HashSet<>();

  @Override
  String action() {
    return "redrive";
  }

  /** Tries it, so that what cannot be sent is known before anything is. */
  @Override
  String destination(DeadMessageTopic letters, Letter letter) {
    if (priority != null && (priority < 0 || priority > Message.LEAST_PRIORITY)) {
      throw new UsageException(
          "--priority must be from 0 to %d.".formatted(Message.LEAST_PRIORITY));
    }
    var target = target(letter);
    if (known.add(target) && letters.describe(target) == null) {
      throw new UsageException(
          "There is no topic %s, where letter %s would go. Name one with --to."
              .formatted(target, letter.id()));
    }
    try {
      LetterSession.message(
          letter,
          letters.place(letter.id()),
          new AuditEntry.Target(target, "redrive", 1, priority(letter)));
    } catch (IllegalArgumentException e) {
      throw new UsageException(
          "Letter %s cannot be redriven: %s".formatted(letter.id(), e.getMessage()));
    }
    return target;
  }

  private String target(Letter letter) {
    return to != null
        ? to
        : letter
            .dead()
            .origin()
            .map(DeadMessage.Origin::topic)
            .orElseThrow(
                () ->
                    new UsageException(
                        "Letter %s does not say where its message was read from. Name the topic with --to."
                            .formatted(letter.id())));
  }

  private int priority(Letter letter) {
    return priority == null ? letter.dead().message().priority() : priority;
  }

  @Override
  AuditEntry settle(LetterSession session, Letter letter) {
    return session.redrive(letter, target(letter), priority(letter), because());
  }
}
