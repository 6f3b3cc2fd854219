package io.onceflow.tool;

import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.inspect.RowCheck;
import io.onceflow.common.commit.inspect.RowCheck.State;
import io.onceflow.common.commit.inspect.StoreInspector;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Counts again. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 110,
    description = {
      "Counts the committed rows again and compares them with the markers.",
      "Per epoch in tables with a column DEFAULT current_setting('onceflow.epoch')::bigint (MariaDB: a bigint",
      "column epoch), else in total. PostgreSQL: also the contents are compared, where the types allow it. What",
      "cannot be checked is said to be so, never taken for equal. Exit code 0 when nothing differs, 1 when",
      "something does."
    },
    footer = {
      "%nExamples:",
      "  onceflow verify --config ledger.yaml",
      "  onceflow verify --config ledger.yaml --sink ledger --all --json"
    })
final class VerifyCommand extends StoreCommand {

  @Option(names = "--all", description = "Also list every epoch that is equal.")
  private boolean all;

  /**
   * One target's totals.
   *
   * @param target the target
   * @param equal epochs that are equal, or 1 for a total that is
   * @param different those that are not
   * @param notCheckable those that cannot be told
   * @param rows rows that are there
   * @param compared rows whose contents were compared too
   */
  record Summary(
      String target, long equal, long different, long notCheckable, long rows, long compared) {}

  /** One sink's checks. */
  record SinkChecks(String sinkId, List<Summary> targets, List<RowCheck> checks) {}

  /** What was found. */
  record Answer(String store, boolean equal, List<SinkChecks> sinks) {}

  @Override
  ExitCode run(StoreInspector inspector, Printer printer) throws StoreException {
    var sinks = new ArrayList<SinkChecks>();
    for (var sink : options().sinks(inspector)) {
      var checks = inspector.recount(new SinkId(sink.sinkId()));
      sinks.add(
          new SinkChecks(
              sink.sinkId(),
              summaries(checks),
              checks.stream().filter(check -> all || check.state() != State.EQUAL).toList()));
    }
    var equal =
        sinks.stream()
            .flatMap(sink -> sink.targets().stream())
            .allMatch(target -> target.different() == 0);
    var answer = new Answer(inspector.description(), equal, sinks);
    printer.print(answer, out -> write(answer, out));
    return equal ? ExitCode.DONE : ExitCode.DIFFERENCES;
  }

  private static List<Summary> summaries(List<RowCheck> checks) {
    var summaries = new LinkedHashMap<String, Summary>();
    for (var check : checks) {
      var one =
          new Summary(
              check.target(),
              check.state() == State.EQUAL ? 1 : 0,
              check.state() == State.DIFFERENT ? 1 : 0,
              check.state() == State.NOT_CHECKABLE ? 1 : 0,
              check.actualRows() == null ? 0 : check.actualRows(),
              check.checksum() ? check.actualRows() : 0);
      summaries.merge(
          check.target(),
          one,
          (a, b) ->
              new Summary(
                  a.target(),
                  a.equal() + b.equal(),
                  a.different() + b.different(),
                  a.notCheckable() + b.notCheckable(),
                  a.rows() + b.rows(),
                  a.compared() + b.compared()));
    }
    return List.copyOf(summaries.values());
  }

  private static void write(Answer answer, PrintWriter out) {
    out.println(answer.store());
    for (var sink : answer.sinks()) {
      out.println();
      out.println("Sink " + sink.sinkId());
      var table =
          new Table("target", "rows#", "compared#", "equal#", "different#", "not checkable#");
      sink.targets()
          .forEach(
              target ->
                  table.row(
                      target.target(),
                      target.rows(),
                      target.compared(),
                      target.equal(),
                      target.different(),
                      target.notCheckable()));
      table.print(out);
      if (!sink.checks().isEmpty()) {
        out.println();
        write(sink.checks(), out);
      }
    }
    out.println();
    out.println(sentence(answer));
  }

  private static void write(List<RowCheck> checks, PrintWriter out) {
    var table =
        new Table(
            "verdict",
            "target",
            "epoch#",
            "checkpoint#",
            "expected#",
            "actual#",
            "contents",
            "why");
    for (var check : checks) {
      table.row(
          switch (check.state()) {
            case EQUAL -> "equal";
            case DIFFERENT -> "DIFFERENT";
            case NOT_CHECKABLE -> "not checkable";
          },
          check.target(),
          check.epoch() == null ? "all" : check.epoch(),
          check.checkpointId(),
          check.expectedRows(),
          check.actualRows(),
          check.checksum() ? "compared" : "-",
          check.reason());
    }
    table.print(out);
  }

  private static String sentence(Answer answer) {
    var open =
        answer.sinks().stream()
            .flatMap(sink -> sink.targets().stream())
            .anyMatch(target -> target.notCheckable() > 0);
    if (!answer.equal()) {
      return "DIFFERENT: the tables do not hold what the markers say.";
    }
    return open
        ? "Nothing differs in what can be checked; see above for what cannot."
        : "EQUAL: the tables hold what the markers say.";
  }
}
