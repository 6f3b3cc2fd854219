package io.onceflow.tool;

import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.inspect.DeadLetterRow;
import io.onceflow.common.commit.inspect.StoreInspector;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Rows that their table refused. */
@Command(
    name = "dead-letters",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 110,
    description = {
      "Lists, explains, replays and discards rejected rows.",
      "Rows that their table refused are kept beside it. A settled row stays there, marked."
    },
    footer = {
      "%nExamples:",
      "  onceflow dead-letters list --config ledger.yaml --sink ledger",
      "  onceflow dead-letters explain --config ledger.yaml --sink ledger 17",
      "  onceflow dead-letters replay --config ledger.yaml --sink ledger 17 18 --execute",
      "  onceflow dead-letters discard --config ledger.yaml --sink ledger 19 --reason 'test data' --execute"
    },
    subcommands = {
      DeadLettersCommand.ListLetters.class,
      DeadLettersCommand.Explain.class,
      DeadLettersCommand.Replay.class,
      DeadLettersCommand.Discard.class
    })
final class DeadLettersCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "Name what to do: list, explain, replay or discard.");
  }

  /** Letters of one sink. */
  record Answer(String store, String sinkId, Instant now, List<DeadLetterRow> deadLetters) {}

  /** What was done with letters, or would be. */
  record Settled(String store, String sinkId, String action, boolean executed, Set<Long> ids) {}

  /** Lists letters. */
  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = "Lists rejected rows, newest first.",
      footer = {"%nExample:", "  onceflow dead-letters list --config ledger.yaml --last 20"})
  static final class ListLetters extends StoreCommand {

    @Option(
        names = "--last",
        paramLabel = "N",
        defaultValue = "50",
        description = "Newest rows. Default: ${DEFAULT-VALUE}.")
    private int last;

    @Option(names = "--settled", description = "Also rows that were replayed or discarded.")
    private boolean settled;

    @Override
    ExitCode run(StoreInspector inspector, Printer printer) throws StoreException {
      var letters = new ArrayList<DeadLetterRow>();
      for (var sink : options().sinks(inspector)) {
        letters.addAll(
            inspector.deadLetters().list(new SinkId(sink.sinkId()), settled, Math.max(0, last)));
      }
      var answer =
          new Answer(
              inspector.description(),
              options().sink().map(SinkId::value).orElse(null),
              inspector.now(),
              letters);
      printer.print(
          answer,
          out -> {
            var table =
                new Table("id#", "sink", "epoch#", "target", "code", "reason", "row", "state");
            answer
                .deadLetters()
                .forEach(
                    row ->
                        table.row(
                            row.id(),
                            row.sinkId(),
                            row.epoch(),
                            row.target(),
                            row.code(),
                            row.reason(),
                            row.row(),
                            row.settled() == null ? "open" : row.settled()));
            out.println(answer.store());
            table.print(out);
            out.println("%d row(s).".formatted(answer.deadLetters().size()));
          });
      return ExitCode.DONE;
    }
  }

  /** Explains letters. */
  @Command(
      name = "explain",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = "Shows rejected rows in full: origin, reason, row, and what can be done.",
      footer = {"%nExample:", "  onceflow dead-letters explain --config ledger.yaml 17"})
  static final class Explain extends StoreCommand {

    @Parameters(arity = "1..*", paramLabel = "ID", description = "Numbers from the list.")
    private List<Long> ids;

    @Override
    ExitCode run(StoreInspector inspector, Printer printer) throws StoreException {
      var sink = options().requiredSink(inspector);
      var found = inspector.deadLetters().find(new SinkId(sink.sinkId()), new LinkedHashSet<>(ids));
      if (found.isEmpty()) {
        throw new UsageException("Sink '%s' has no dead letter %s.".formatted(sink.sinkId(), ids));
      }
      var answer = new Answer(inspector.description(), sink.sinkId(), inspector.now(), found);
      printer.print(answer, out -> answer.deadLetters().forEach(row -> write(row, out)));
      return ExitCode.DONE;
    }

    private static void write(DeadLetterRow row, java.io.PrintWriter out) {
      out.println("Dead letter %d of sink %s".formatted(row.id(), row.sinkId()));
      out.println(
          "  origin  epoch %d, committed with it at %s"
              .formatted(row.epoch(), Times.at(row.createdAt())));
      out.println("  target  " + row.target());
      out.println("  reason  %s (%s)".formatted(row.reason(), row.code()));
      out.println("  row     " + row.row());
      out.println("  state   " + state(row));
      out.println();
    }

    private static String state(DeadLetterRow row) {
      if (row.settled() != null) {
        return "%s at %s".formatted(row.settled(), Times.at(row.settledAt()));
      }
      return row.isReplayable()
          ? "open: put right what it says, then onceflow dead-letters replay, or discard it"
          : "open: the mapping refused the value, so there is no row to replay; send it again from its origin and discard this";
    }
  }

  /** Inserts letters into their targets. */
  @Command(
      name = "replay",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description = {
        "Inserts rejected rows into their targets, in one transaction, as rows of the epoch they came with.",
        "All or none; each leaves an audit row. Without --execute it only says what it would do."
      },
      footer = {
        "%nExample:",
        "  onceflow dead-letters replay --config ledger.yaml 17 18 --execute"
      })
  static final class Replay extends StoreCommand {

    @Parameters(arity = "1..*", paramLabel = "ID", description = "Numbers from the list.")
    private List<Long> ids;

    @Option(names = "--execute", description = "Do it. Without it nothing is changed.")
    private boolean execute;

    @Override
    ExitCode run(StoreInspector inspector, Printer printer) throws StoreException {
      var sinkId = new SinkId(options().requiredSink(inspector).sinkId());
      var once = new LinkedHashSet<>(ids);
      if (execute) {
        inspector.deadLetters().replay(sinkId, once, actor());
      }
      return settled(
          inspector,
          printer,
          new Settled(inspector.description(), sinkId.value(), "replay", execute, once));
    }
  }

  /** Gives letters up. */
  @Command(
      name = "discard",
      mixinStandardHelpOptions = true,
      sortOptions = false,
      description =
          "Marks rejected rows as given up, with a reason. Without --execute it only says what it would do.",
      footer = {
        "%nExample:",
        "  onceflow dead-letters discard --config ledger.yaml 19 --reason 'sent again by hand' --execute"
      })
  static final class Discard extends StoreCommand {

    @Parameters(arity = "1..*", paramLabel = "ID", description = "Numbers from the list.")
    private List<Long> ids;

    @Option(
        names = "--reason",
        required = true,
        paramLabel = "TEXT",
        description = "For the audit.")
    private String reason;

    @Option(names = "--execute", description = "Do it. Without it nothing is changed.")
    private boolean execute;

    @Override
    ExitCode run(StoreInspector inspector, Printer printer) throws StoreException {
      var sinkId = new SinkId(options().requiredSink(inspector).sinkId());
      var once = new LinkedHashSet<>(ids);
      if (execute) {
        inspector.deadLetters().discard(sinkId, once, reason, actor());
      }
      return settled(
          inspector,
          printer,
          new Settled(inspector.description(), sinkId.value(), "discard", execute, once));
    }
  }

  private static ExitCode settled(StoreInspector inspector, Printer printer, Settled settled)
      throws StoreException {
    var found = inspector.deadLetters().find(new SinkId(settled.sinkId()), settled.ids());
    if (found.size() < settled.ids().size()) {
      throw new UsageException(
          "Sink '%s' has not all of the dead letters %s."
              .formatted(settled.sinkId(), settled.ids()));
    }
    printer.print(
        settled,
        out ->
            out.println(
                settled.executed()
                    ? "Done: %s of dead letters %s.".formatted(settled.action(), settled.ids())
                    : "Would %s dead letters %s; nothing was changed. Add --execute."
                        .formatted(settled.action(), settled.ids())));
    return ExitCode.DONE;
  }
}
