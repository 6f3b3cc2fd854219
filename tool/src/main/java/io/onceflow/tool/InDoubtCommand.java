package io.onceflow.tool;

import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.TransactionId;
import io.onceflow.common.commit.inspect.InDoubt;
import io.onceflow.common.commit.inspect.SinkInfo;
import io.onceflow.common.commit.inspect.StoreInspector;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists and explains what is prepared and undecided. */
@Command(
    name = "in-doubt",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 110,
    description = {
      "Lists and explains prepared transactions.",
      "Whose they are, how old, what they lock, who waits for them, why they are there and what resolves them.",
      "Changes nothing. Exit code 0, also when some are found."
    },
    footer = {
      "%nExamples:",
      "  onceflow in-doubt --config ledger.yaml",
      "  onceflow in-doubt --config ledger.yaml --all-sinks --foreign --json"
    })
final class InDoubtCommand extends StoreCommand {

  private static final int PATIENCE = 3;

  @Option(
      names = "--foreign",
      description = "Also list transactions that are not Onceflow's. They are never touched.")
  private boolean foreign;

  /** What was found. */
  record Answer(String store, Instant now, List<Doubt> inDoubt, List<Doubt> foreign) {}

  @Override
  ExitCode run(StoreInspector inspector, Printer printer) throws StoreException {
    var wanted = options().sink();
    Map<String, SinkInfo> sinks =
        inspector.sinks().stream().collect(Collectors.toMap(SinkInfo::sinkId, Function.identity()));
    var register = register();
    var now = inspector.now();
    var own = new ArrayList<Doubt>();
    var others = new ArrayList<Doubt>();
    var alive = new HashMap<String, Liveness>();
    for (var found : inspector.inDoubt()) {
      var name = TransactionId.parse(found.transactionId());
      if (name.isEmpty()) {
        others.add(Doubt.foreign(found, now));
      } else if (isWanted(name.get().sinkId(), wanted)) {
        own.add(explain(inspector, found, name.get(), sinks, alive, register));
      }
    }
    var answer = new Answer(inspector.description(), now, own, foreign ? others : List.of());
    printer.print(answer, out -> write(answer, others.size(), out));
    return ExitCode.DONE;
  }

  private RegisterLook register() throws StoreException {
    try (var register = options().register()) {
      return register == null ? null : RegisterLook.at(register, options().pipeline());
    } catch (HeldException e) {
      return null;
    }
  }

  private static boolean isWanted(SinkId sinkId, Optional<SinkId> wanted) {
    return wanted.isEmpty() || wanted.get().equals(sinkId);
  }

  private static Doubt explain(
      StoreInspector inspector,
      InDoubt found,
      TransactionId name,
      Map<String, SinkInfo> sinks,
      Map<String, Liveness> alive,
      RegisterLook register)
      throws StoreException {
    var sink = sinks.get(name.sinkId().value());
    var liveness = alive.get(name.sinkId().value());
    if (liveness == null) {
      liveness = sink == null ? new Liveness(List.of()) : Liveness.of(inspector, sink, PATIENCE);
      alive.put(name.sinkId().value(), liveness);
    }
    var vote =
        register == null
            ? "unknown: the configuration names no decision register"
            : register.about(found.transactionId());
    return Doubt.own(found, name, sink, liveness, vote, inspector.now());
  }

  private void write(Answer answer, int others, PrintWriter out) {
    out.println(answer.store());
    out.println(
        "%d transaction(s) in doubt%s"
            .formatted(
                answer.inDoubt().size(),
                others == 0 || foreign
                    ? "."
                    : "; %d foreign one(s), listed with --foreign.".formatted(others)));
    answer.inDoubt().forEach(doubt -> write(doubt, out));
    answer.foreign().forEach(doubt -> write(doubt, out));
  }

  private static void write(Doubt doubt, PrintWriter out) {
    out.println();
    out.println(doubt.transactionId());
    if (doubt.sinkId() != null) {
      out.println(
          "  owner       sink %s, writer %s, subtask %d, transaction %d"
              .formatted(doubt.sinkId(), doubt.incarnation(), doubt.subtask(), doubt.sequence()));
      out.println("  vote        " + doubt.vote());
    }
    out.println("  prepared    " + prepared(doubt));
    out.println("  locks       " + locks(doubt));
    for (var waiter : doubt.waiters()) {
      out.println(
          "  waited for  by session %s (%s, role %s) since %s: %s"
              .formatted(
                  waiter.session(),
                  waiter.name().isEmpty() ? "unnamed" : waiter.name(),
                  waiter.user(),
                  Times.at(waiter.since()),
                  waiter.waitsFor()));
    }
    out.println("  why         " + doubt.why());
    out.println("  way out     " + doubt.wayOut());
  }

  private static String prepared(Doubt doubt) {
    var when =
        doubt.preparedAt() == null
            ? "at a time that the store does not show"
            : "%s, %s ago"
                .formatted(
                    Times.at(doubt.preparedAt()), Times.age(Duration.ofMillis(doubt.ageMs())));
    return doubt.owner() == null
        ? when
        : "%s, by role %s in database %s".formatted(when, doubt.owner(), doubt.database());
  }

  private static String locks(Doubt doubt) {
    if (doubt.locks() == null) {
      return "not shown by the store";
    }
    return doubt.locks().isEmpty()
        ? "none on tables of this database"
        : doubt.locks().stream()
            .map(lock -> lock.relation() + " " + lock.mode())
            .collect(Collectors.joining(", "));
  }
}
