package io.onceflow.tool;

import io.onceflow.common.commit.ResolverRegister;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.inspect.SinkInfo;
import io.onceflow.common.commit.inspect.StoreInspector;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Settles what is in doubt without the job. */
@Command(
    name = "resolve",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 110,
    description = {
      "Settles a sink's prepared transactions when its job is gone.",
      "The newest completed checkpoint decides: what it contains is committed, all else is rolled back.",
      "Without --execute it only shows the plan. Any doubt holds everything (exit 3). It refuses while the job",
      "seems to be alive (exit 4); safety does not rest on that: --execute first takes the sink from the job's",
      "run, which then fails closed."
    },
    footer = {
      "%nExamples:",
      "  onceflow resolve --config ledger.yaml --sink ledger --checkpoint /checkpoints/1f3a/chk-42",
      "  onceflow resolve --config ledger.yaml --sink ledger --checkpoint /checkpoints/1f3a/chk-42 --execute",
      "  onceflow resolve --config ledger.yaml --sink ledger        (sink.protocol: three-phase)"
    })
final class ResolveCommand extends StoreCommand {

  @Option(
      names = "--checkpoint",
      paramLabel = "PATH",
      description = {
        "The job's newest completed checkpoint or savepoint: the one it will be restarted from.",
        "With sink.protocol: three-phase it may be left out: the decision register alone decides."
      })
  private String checkpoint;

  @Option(
      names = "--newest",
      description = {
        "Confirms that no newer checkpoint or savepoint was completed: needed for a savepoint, and for a",
        "checkpoint whose neighbours cannot be listed."
      })
  private boolean newest;

  @Option(names = "--execute", description = "Do it. Without it nothing is changed.")
  private boolean execute;

  @Option(
      names = "--patience",
      paramLabel = "N",
      defaultValue = "3",
      description =
          "Refuse while the newest marker is younger than N of the sink's usual intervals. Default: ${DEFAULT-VALUE}.")
  private int patience;

  @Option(
      names = "--even-if-alive",
      description = "Do not refuse because of signs of life: a live job is fenced and fails.")
  private boolean evenIfAlive;

  /** What was decided, and why. */
  record Answer(
      String store,
      String sinkId,
      String checkpoint,
      String verdict,
      boolean executed,
      List<String> done,
      List<String> signsOfLife,
      List<String> doubts,
      List<Plan.Step> transactions,
      List<Plan.StagedEpoch> staged,
      List<String> remaining,
      String restart) {}

  /** What is known of one run of the command, filled as it goes on. */
  private static final class Findings {
    private final List<String> signs = new ArrayList<>();
    private final List<String> doubts = new ArrayList<>();
    private final Deeds deeds = new Deeds();
    private final List<Resolver.Outcome> outcomes = new ArrayList<>();
    private Settlement settlement;
    private ExitCode exit = ExitCode.DONE;

    private List<Plan> plans() {
      return settlement == null ? List.of() : settlement.plans();
    }

    private <R> List<R> ofOutcomes(Function<Resolver.Outcome, List<R>> part) {
      return outcomes.stream().flatMap(outcome -> part.apply(outcome).stream()).toList();
    }
  }

  @Override
  ExitCode run(StoreInspector inspector, Printer printer) throws StoreException {
    var sink = options().requiredSink(inspector);
    var findings = new Findings();
    try (var register = options().register()) {
      findings.settlement = draft(inspector, sink, register);
      checkIsSettled(sink, findings.settlement);
      resolve(inspector, findings);
    } catch (HeldException e) {
      findings.doubts.addAll(e.reasons());
      findings.exit = ExitCode.HELD;
    }
    var answer = answer(inspector, sink, findings);
    printer.print(answer, out -> write(answer, out));
    return findings.exit;
  }

  private Settlement draft(StoreInspector inspector, SinkInfo sink, ResolverRegister register)
      throws StoreException, HeldException {
    if (register != null) {
      return Settlement.byRegister(
          inspector, new Settlement.Registered(register, options().pipeline()), named(), actor());
    }
    if (checkpoint == null) {
      throw new UsageException(
          "Name the job's newest completed checkpoint with --checkpoint PATH: its configuration has no decision register (sink.protocol: three-phase) that could decide instead.");
    }
    return Settlement.byCheckpoint(inspector, sink, named(), actor());
  }

  private NamedCheckpoint named() {
    return checkpoint == null ? null : new NamedCheckpoint(checkpoint, newest);
  }

  /** A register settles a whole pipeline; the sink that was asked for must be one of it. */
  private void checkIsSettled(SinkInfo sink, Settlement settlement) throws HeldException {
    var ids = settlement.sinks().stream().map(SinkInfo::sinkId).toList();
    if (!ids.contains(sink.sinkId())) {
      throw new HeldException(
          "Sink '%s' has reported nothing to pipeline '%s', which settles %s in this store: name one of those with --sink, or the pipeline of this sink with --set sink.pipeline=NAME."
              .formatted(sink.sinkId(), options().pipeline(), ids));
    }
  }

  private void resolve(StoreInspector inspector, Findings findings)
      throws StoreException, HeldException {
    for (var sink : findings.settlement.sinks()) {
      findings.signs.addAll(Liveness.of(inspector, sink, patience).signs());
    }
    if (!findings.signs.isEmpty() && !evenIfAlive) {
      findings.exit = ExitCode.REFUSED;
      return;
    }
    findings.settlement.doubts().check();
    if (execute && findings.settlement.hasWork()) {
      findings.outcomes.addAll(findings.settlement.act().run(findings.deeds));
    }
    if (!findings.ofOutcomes(Resolver.Outcome::remaining).isEmpty()) {
      findings.exit = ExitCode.HELD;
    }
  }

  private Answer answer(StoreInspector inspector, SinkInfo sink, Findings findings) {
    return new Answer(
        inspector.description(),
        sink.sinkId(),
        checkpoint,
        verdict(findings),
        !findings.deeds.sentences().isEmpty(),
        findings.deeds.sentences(),
        findings.signs,
        findings.doubts,
        findings.plans().stream().flatMap(plan -> plan.steps().stream()).toList(),
        findings.plans().stream().flatMap(plan -> plan.staged().stream()).toList(),
        findings.ofOutcomes(Resolver.Outcome::remaining),
        findings.exit == ExitCode.DONE
            ? RestartCommand.of(findings.settlement.restartPath())
            : null);
  }

  private String verdict(Findings findings) {
    return switch (findings.exit) {
      case REFUSED -> "refused";
      case HELD -> "held";
      default ->
          !findings.outcomes.isEmpty()
              ? "settled"
              : findings.settlement.hasWork() ? "planned" : "nothing to settle";
    };
  }

  private static void write(Answer answer, PrintWriter out) {
    out.println(answer.store());
    out.println(
        "Sink %s, %s"
            .formatted(
                answer.sinkId(),
                answer.checkpoint() == null
                    ? "by the decision register"
                    : "checkpoint " + answer.checkpoint()));
    for (var step : answer.transactions()) {
      out.println();
      out.println(step.transactionId());
      out.println(
          "  %-9s  %s%s"
              .formatted(
                  step.verb().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                  step.checkpointId() == null
                      ? ""
                      : "epoch of checkpoint %d, %d rows: "
                          .formatted(step.checkpointId(), step.rows()),
                  step.reason()));
    }
    out.println();
    for (var epoch : answer.staged()) {
      out.println(
          "STAGED   the epoch of checkpoint %d (%d rows) is not applied; its rows wait in segments, and only the restarted job applies them."
              .formatted(epoch.checkpointId(), epoch.rows()));
    }
    answer.done().forEach(deed -> out.println("DONE     " + deed));
    answer.signsOfLife().forEach(sign -> out.println("ALIVE    " + sign));
    answer.doubts().forEach(doubt -> out.println("DOUBT    " + doubt));
    answer.remaining().forEach(id -> out.println("REMAINS  " + id));
    out.println(sentence(answer));
    if (answer.restart() != null) {
      out.println("The only legal restart: " + answer.restart());
    }
  }

  private static String sentence(Answer answer) {
    return switch (answer.verdict()) {
      case "refused" ->
          "REFUSED: the job seems to be alive, and then it settles this itself. Stop it first. Nothing was changed.";
      case "held" ->
          answer.executed()
              ? "HELD: what is DONE above was done and stays; then there was doubt, or something remained, and nothing more was done. Look into it and run the command again."
              : "HELD: there is doubt, so nothing was decided and nothing aborted.";
      case "settled" -> "SETTLED: nothing of this sink is in doubt any more.";
      case "planned" -> "PLANNED: nothing was changed. Add --execute to do it.";
      default -> "Nothing of this sink is in doubt.";
    };
  }
}
