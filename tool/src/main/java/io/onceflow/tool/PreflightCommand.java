package io.onceflow.tool;

import io.onceflow.common.commit.CommitStrategy;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.inspect.StoreInspector;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Checks what can be checked without a job's table mappings. */
@Command(
    name = "preflight",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 110,
    description = {
      "Checks the store's settings and the role's privileges.",
      "Reports all problems of the server, the onceflow tables and the privileges at once. Exit code 0 when it",
      "is ready, 2 when not. The tables of a job are checked by the job's own start."
    },
    footer = {
      "%nExamples:",
      "  onceflow preflight --config ledger.yaml",
      "  onceflow preflight --config ledger.yaml --strategy prepared --json"
    })
final class PreflightCommand extends StoreCommand {

  @Option(
      names = "--strategy",
      paramLabel = "NAME",
      defaultValue = "STAGED",
      description = "Check for this strategy, ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private CommitStrategy strategy;

  /** What was found. */
  record Answer(String store, boolean ready, List<String> problems, List<String> facts) {}

  @Override
  ExitCode run(StoreInspector inspector, Printer printer) throws StoreException {
    var problems = inspector.problems(strategy);
    var answer =
        new Answer(inspector.description(), problems.isEmpty(), problems, inspector.facts());
    printer.print(answer, out -> write(answer, out));
    return problems.isEmpty() ? ExitCode.DONE : ExitCode.USAGE;
  }

  private static void write(Answer answer, PrintWriter out) {
    out.println(answer.store());
    answer.facts().forEach(fact -> out.println("  " + fact));
    answer.problems().forEach(problem -> out.println("PROBLEM " + problem));
    out.println(
        answer.ready()
            ? "Ready."
            : "Not ready: %d problem(s) above.".formatted(answer.problems().size()));
  }
}
