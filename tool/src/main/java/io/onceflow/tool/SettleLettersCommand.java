package io.onceflow.tool;

import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.inspect.Actor;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Settles dead letters: chooses some, and with {@code --execute} does what the command is for with
 * each of them, a few in a transaction.
 */
abstract class SettleLettersCommand extends DeadMessageCommand {

  /** Few enough for a short transaction; what is not committed is done by the next run. */
  private static final int LETTERS_PER_TRANSACTION = 100;

  @Parameters(
      arity = "0..*",
      paramLabel = "PARTITION:OFFSET",
      converter = LetterId.Converter.class,
      description = "Letters from the list. Without them the filters choose.")
  private List<LetterId> ids = List.of();

  @Mixin private LetterFilter filter = new LetterFilter();

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "1000",
      description = "At most so many letters. Default: ${DEFAULT-VALUE}.")
  private int limit;

  @Option(
      names = "--because",
      required = true,
      paramLabel = "TEXT",
      description = "Why, for the audit.")
  private String because;

  @Option(names = "--execute", description = "Do it. Without it nothing is changed.")
  private boolean execute;

  private final Actor actor = ToolRun.newActor();

  /**
   * A letter that is chosen.
   *
   * @param to the topic that it goes to, or null
   * @param number its new number, once it has one
   */
  record Choice(LetterId letter, String id, String key, String reason, String to, Long number) {

    Choice done(AuditEntry entry) {
      var redriven = entry.redriven();
      return new Choice(letter, id, key, reason, to, redriven == null ? null : redriven.sequence());
    }
  }

  /** What was done, or would be. */
  record Answer(
      String topic,
      String action,
      boolean executed,
      boolean more,
      List<Choice> letters,
      Set<LetterId> settledBefore,
      String stopped) {}

  /** The letters, and the ones that somebody settled before. */
  private record Chosen(List<Choice> letters, Set<LetterId> settled, boolean more) {}

  String because() {
    return because;
  }

  /** The name of what is done. */
  abstract String action();

  /** Where a letter would go, or null; throws a {@link UsageException} when it cannot. */
  abstract String destination(DeadMessageTopic letters, Letter letter);

  /** Does it, in the session's transaction. */
  abstract AuditEntry settle(LetterSession session, Letter letter);

  @Override
  final ExitCode run(DeadMessageTopic letters, Printer printer) throws StoreException {
    if (ids.isEmpty() && filter.isEmpty()) {
      throw new UsageException("Say which letters: PARTITION:OFFSET of the list, or a filter.");
    }
    if (limit < 1) {
      throw new UsageException("--limit must be at least 1.");
    }
    var chosen = choose(letters);
    var answer =
        execute && !chosen.letters().isEmpty()
            ? execute(letters, chosen)
            : answer(letters, chosen.letters(), chosen, null);
    printer.print(answer, out -> write(answer, out));
    return answer.stopped() == null ? ExitCode.DONE : ExitCode.HELD;
  }

  private Answer answer(
      DeadMessageTopic letters, List<Choice> choices, Chosen chosen, String stopped) {
    return new Answer(
        letters.name(), action(), execute, chosen.more(), choices, chosen.settled(), stopped);
  }

  private Chosen choose(DeadMessageTopic letters) throws StoreException {
    var audit = letters.audit();
    var missing = new TreeSet<>(ids);
    var choices = new ArrayList<Choice>();
    var chosen = new Chosen(choices, new TreeSet<>(), false);
    var more = new boolean[1];
    letters.scan(
        new LinkedHashSet<>(ids),
        letter -> {
          missing.remove(letter.id());
          if (!filter.matches(letter)) {
            return true;
          }
          if (audit.of(letter.id()) != null) {
            chosen.settled().add(letter.id());
            return true;
          }
          more[0] = choices.size() == limit;
          if (!more[0]) {
            choices.add(choice(letters, letter));
          }
          return !more[0];
        });
    if (!missing.isEmpty() && !more[0]) {
      throw new UsageException(
          "Topic %s has no dead letter of selective retry at %s."
              .formatted(letters.name(), missing));
    }
    return new Chosen(choices, chosen.settled(), more[0]);
  }

  private Choice choice(DeadMessageTopic letters, Letter letter) {
    var message = letter.dead().message();
    return new Choice(
        letter.id(),
        message.id(),
        message.key(),
        letter.dead().reason(),
        destination(letters, letter),
        null);
  }

  private Answer execute(DeadMessageTopic letters, Chosen chosen) throws StoreException {
    try (var session = LetterSession.open(connection(), letters, actor)) {
      // Another run may have been faster since the choice.
      var open = new ArrayList<Choice>();
      for (var choice : chosen.letters()) {
        if (session.audit().of(choice.letter()) == null) {
          open.add(choice);
        } else {
          chosen.settled().add(choice.letter());
        }
      }
      var done = new ArrayList<Choice>();
      var stopped = settle(letters, session, open, done);
      return answer(letters, done, chosen, stopped);
    }
  }

  /** Returns why not all was done, or null. */
  private String settle(
      DeadMessageTopic letters, LetterSession session, List<Choice> open, List<Choice> done) {
    try {
      for (var from = 0; from < open.size(); from += LETTERS_PER_TRANSACTION) {
        var to = Math.min(open.size(), from + LETTERS_PER_TRANSACTION);
        done.addAll(inOneTransaction(letters, session, open.subList(from, to)));
      }
    } catch (KafkaException | StoreException e) {
      return stopped(e);
    }
    return done.size() == open.size()
        ? null
        : "%d letter(s) have gone from the topic meanwhile, by its retention."
            .formatted(open.size() - done.size());
  }

  private List<Choice> inOneTransaction(
      DeadMessageTopic letters, LetterSession session, List<Choice> choices) throws StoreException {
    var byId = new HashMap<LetterId, Choice>();
    choices.forEach(choice -> byId.put(choice.letter(), choice));
    var done = new ArrayList<Choice>();
    session.begin();
    letters.scan(
        byId.keySet(),
        letter -> {
          done.add(byId.get(letter.id()).done(settle(session, letter)));
          return true;
        });
    session.commit();
    return done;
  }

  static String stopped(Exception error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof ProducerFencedException
          || cause instanceof InvalidProducerEpochException) {
        return "Another run of the tool has taken over. What is listed was done before; look at the list for the rest.";
      }
    }
    return "Kafka stopped it: %s What is listed was done. Run it again: it finds out about the rest, and does nothing twice."
        .formatted(reason(error));
  }

  private static void write(Answer answer, PrintWriter out) {
    var table = new Table("letter", "id", "key", "reason", "to", "number#");
    answer
        .letters()
        .forEach(
            one ->
                table.row(one.letter(), one.id(), one.key(), one.reason(), one.to(), one.number()));
    table.print(out);
    if (!answer.settledBefore().isEmpty()) {
      out.println("Settled before: %s.".formatted(answer.settledBefore()));
    }
    if (answer.more()) {
      out.println("There are more: run it again for the rest, or raise --limit.");
    }
    out.println(
        answer.executed()
            ? "Done: %s of %d letter(s).".formatted(answer.action(), answer.letters().size())
            : "Would %s %d letter(s); nothing was changed. Add --execute."
                .formatted(answer.action(), answer.letters().size()));
    if (answer.stopped() != null) {
      out.println("STOPPED: " + answer.stopped());
    }
  }
}
