package io.onceflow.tool;

import io.onceflow.common.commit.StoreException;
import io.onceflow.producer.wire.FailedTry;
import io.onceflow.producer.wire.WireHeaders;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Messages that selective retry gave up, in a dead letter topic of Kafka. */
@Command(
    name = "dead-messages",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 110,
    description = {
      "Lists, shows, redrives and discards messages that selective retry gave up.",
      "They stay in their topic; what was done with them is in its audit topic."
    },
    footer = {
      "%nExamples:",
      "  onceflow dead-messages list --config job.yaml --topic dead --reason attempts_exhausted",
      "  onceflow dead-messages show --config job.yaml --topic dead 0:17",
      "  onceflow dead-messages redrive --config job.yaml --topic dead 0:17 --because 'bank is back' --execute",
      "  onceflow dead-messages discard --config job.yaml --topic dead 0:19 --because 'test data' --execute"
    },
    subcommands = {
      DeadMessagesCommand.ListLetters.class,
      DeadMessagesCommand.Show.class,
      RedriveLettersCommand.class,
      DiscardLettersCommand.class
    })
final class DeadMessagesCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "Name what to do: list, show, redrive or discard.");
  }

  /** A letter in short; what was done with it is null as long as it is open. */
  record Row(
      LetterId letter,
      String reason,
      String producer,
      long sequence,
      String id,
      String key,
      int priority,
      int attempts,
      Instant arrived,
      Instant ended,
      String redriveOf,
      AuditEntry settled) {

    static Row of(Letter letter, LetterAudit audit) {
      var dead = letter.dead();
      var message = dead.message();
      return new Row(
          letter.id(),
          dead.reason(),
          message.producer(),
          message.sequence(),
          message.id(),
          message.key(),
          message.priority(),
          dead.failures().size(),
          Instant.ofEpochMilli(dead.arrivedMs()),
          Instant.ofEpochMilli(dead.endedMs()),
          message.headers().get(WireHeaders.REDRIVE_OF),
          audit.of(letter.id()));
    }

    String state() {
      return settled == null ? "open" : settled.action();
    }
  }

  /** Letters, counted by reason, the newest in short. */
  record Listing(String topic, Map<String, Long> byReason, long others, List<Row> letters) {}

  /** One letter in full. */
  record Whole(
      Row letter,
      String replyTo,
      Instant eventTime,
      Map<String, String> headers,
      int payloadBytes,
      String payload,
      List<FailedTry> attempts) {}

  /** Lists letters. */
  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      usageHelpWidth = 110,
      description = "Counts letters by reason and lists them, newest first.",
      footer = {"%nExample:", "  onceflow dead-messages list --config job.yaml --topic dead"})
  static final class ListLetters extends DeadMessageCommand {

    @Mixin private LetterFilter filter = new LetterFilter();

    @Option(
        names = "--last",
        paramLabel = "N",
        defaultValue = "50",
        description = "Newest letters; all are counted. Default: ${DEFAULT-VALUE}.")
    private int last;

    @Option(names = "--all", description = "Also letters that were redriven or discarded.")
    private boolean all;

    @Override
    ExitCode run(DeadMessageTopic letters, Printer printer) throws StoreException {
      var audit = letters.audit();
      var byReason = new TreeMap<String, Long>();
      var newest = new PriorityQueue<>(Comparator.comparing(Row::ended));
      var others =
          letters.scan(
              List.of(),
              letter -> {
                if (filter.matches(letter) && (all || audit.of(letter.id()) == null)) {
                  byReason.merge(letter.dead().reason(), 1L, Long::sum);
                  newest.add(Row.of(letter, audit));
                  if (newest.size() > Math.max(0, last)) {
                    newest.remove();
                  }
                }
                return true;
              });
      var rows = new ArrayList<>(newest);
      rows.sort(Comparator.comparing(Row::ended).reversed());
      var answer = new Listing(letters.name(), byReason, others, rows);
      printer.print(answer, out -> write(answer, out));
      return ExitCode.DONE;
    }

    private static void write(Listing answer, PrintWriter out) {
      var reasons = new Table("reason", "letters#");
      answer.byReason().forEach(reasons::row);
      reasons.print(out);
      out.println("");
      var table = new Table("letter", "given up at", "reason", "producer", "id", "key", "state");
      answer
          .letters()
          .forEach(
              row ->
                  table.row(
                      row.letter(),
                      Times.at(row.ended()),
                      row.reason(),
                      row.producer(),
                      row.id(),
                      row.key(),
                      row.state()));
      table.print(out);
      out.println(
          "%d letter(s) of %d; %d other record(s) in topic %s."
              .formatted(
                  answer.letters().size(),
                  answer.byReason().values().stream().mapToLong(Long::longValue).sum(),
                  answer.others(),
                  answer.topic()));
    }
  }

  /** Shows a letter. */
  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      usageHelpWidth = 110,
      description = "Shows one letter: origin, envelope, every attempt, and what was done with it.",
      footer = {"%nExample:", "  onceflow dead-messages show --config job.yaml --topic dead 0:17"})
  static final class Show extends DeadMessageCommand {

    @Parameters(
        paramLabel = "PARTITION:OFFSET",
        converter = LetterId.Converter.class,
        description = "The letter, from the list.")
    private LetterId id;

    @Option(names = "--payload", description = "Also the payload: as text, or else in base64.")
    private boolean withPayload;

    @Override
    ExitCode run(DeadMessageTopic letters, Printer printer) throws StoreException {
      var audit = letters.audit();
      var found = new ArrayList<Whole>();
      letters.scan(List.of(id), letter -> found.add(whole(letter, audit)));
      if (found.isEmpty()) {
        throw new UsageException(
            "Topic %s has no dead letter of selective retry at %s.".formatted(letters.name(), id));
      }
      printer.print(found.get(0), out -> write(found.get(0), out));
      return ExitCode.DONE;
    }

    private Whole whole(Letter letter, LetterAudit audit) {
      var message = letter.dead().message();
      return new Whole(
          Row.of(letter, audit),
          message.replyTo(),
          Instant.ofEpochMilli(message.eventTimeMs()),
          new TreeMap<>(message.headers()),
          message.payload().length,
          withPayload ? text(message.payload()) : null,
          letter.dead().failures());
    }

    private static String text(byte[] payload) {
      var text = new String(payload, StandardCharsets.UTF_8);
      return Arrays.equals(text.getBytes(StandardCharsets.UTF_8), payload)
          ? text
          : Base64.getEncoder().encodeToString(payload);
    }

    private static void write(Whole whole, PrintWriter out) {
      var row = whole.letter();
      out.println("Dead letter %s: %s".formatted(row.letter(), row.reason()));
      out.println("  id        " + row.id());
      out.println("  producer  %s, number %d".formatted(row.producer(), row.sequence()));
      out.println("  key       " + row.key());
      out.println("  priority  %d, event time %s".formatted(row.priority(), whole.eventTime()));
      out.println("  replies   " + (whole.replyTo().isEmpty() ? "-" : whole.replyTo()));
      out.println(
          "  waited    from %s to %s".formatted(Times.at(row.arrived()), Times.at(row.ended())));
      whole
          .headers()
          .forEach((name, value) -> out.println("  header    %s: %s".formatted(name, value)));
      out.println(
          "  payload   %d bytes%s"
              .formatted(
                  whole.payloadBytes(), whole.payload() == null ? "" : ": " + whole.payload()));
      out.println("  state     " + state(row.settled()));
      out.println("");
      var table =
          new Table("attempt#", "started at", "took", "dependency", "code", "known", "detail");
      whole.attempts().forEach(attempt -> row(table, attempt));
      table.print(out);
    }

    private static void row(Table table, FailedTry attempt) {
      table.row(
          attempt.number(),
          Times.at(Instant.ofEpochMilli(attempt.startedMs())),
          Duration.ofMillis(Math.max(0, attempt.endedMs() - attempt.startedMs())).toMillis()
              + " ms",
          attempt.dependency(),
          attempt.code(),
          attempt.known(),
          attempt.detail());
    }

    private static String state(AuditEntry settled) {
      if (settled == null) {
        return "open";
      }
      var redriven = settled.redriven();
      return "%s by %s at %s because: %s%s"
          .formatted(
              settled.action(),
              settled.user(),
              Times.at(Instant.ofEpochMilli(settled.atMs())),
              settled.because(),
              redriven == null
                  ? ""
                  : "; to %s as number %d of %s"
                      .formatted(redriven.topic(), redriven.sequence(), redriven.producer()));
    }
  }
}
