package io.onceflow.testbed.run.crash;

import static io.onceflow.testbed.run.crash.CrashRun.Strategy.PREPARED;
import static io.onceflow.testbed.run.crash.CrashRun.Strategy.THREE_PHASE;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.conformance.Sampling;
import io.onceflow.testbed.run.crash.CrashRun.Strategy;
import io.onceflow.tool.ToolMain;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The other half of the table: after each halt nobody restarts the job, and {@code onceflow
 * resolve} settles what is in doubt by the newest registered checkpoint. Only then the job goes on
 * from there. In the end each number is there once.
 */
class CrashResolverIT {

  private static final int EXIT_DONE = 0;
  private static final int EXIT_HELD = 3;
  private static final int SECOND = 2;
  private static final int THIRD = 3;

  @TempDir Path directory;

  /** What becomes of the transactions that the halt left in doubt. */
  private enum Verdict {
    /** Their checkpoint is registered. */
    COMMIT,
    /** Theirs is not; those of the one before may still be on their way. */
    ABORT,
    /** Nobody knows: a newer checkpoint lies beside the registered one, and may be restored. */
    HOLD
  }

  private static final Sampling SAMPLING = Sampling.every(3);

  private record Cell(String point, int hit, Verdict verdict) {}

  @TestFactory
  Stream<DynamicTest> preparedByTheCheckpoint() throws Exception {
    return table(PREPARED, cells());
  }

  @TestFactory
  Stream<DynamicTest> threePhaseByTheRegister() throws Exception {
    var cells = new ArrayList<>(cells());
    cells.add(new Cell(CrashPoints.VOTE_BEFORE, SECOND, Verdict.ABORT));
    cells.add(new Cell(CrashPoints.VOTE_AFTER, SECOND, Verdict.ABORT));
    cells.add(new Cell(CrashPoints.COMMIT_AFTER_REGISTER, THIRD, Verdict.COMMIT));
    return table(THREE_PHASE, cells);
  }

  private static List<Cell> cells() {
    return List.of(
        new Cell(CrashPoints.PREPARE_AFTER, THIRD, Verdict.ABORT),
        new Cell(CrashPoints.SNAPSHOT_STATE, SECOND, Verdict.ABORT),
        new Cell(CrashingStorageFactory.BEFORE_METADATA, SECOND, Verdict.ABORT),
        new Cell(RecordingHighAvailability.BEFORE_REGISTER, THIRD, Verdict.HOLD),
        new Cell(RecordingHighAvailability.AFTER_REGISTER, THIRD, Verdict.COMMIT),
        new Cell(CrashPoints.COMMIT_BEFORE_DECIDE, THIRD, Verdict.COMMIT),
        new Cell(CrashPoints.COMMIT_AFTER_DECIDE, THIRD, Verdict.COMMIT),
        new Cell(CrashPoints.COMMIT_MIDDLE, THIRD, Verdict.COMMIT));
  }

  private Stream<DynamicTest> table(Strategy strategy, List<Cell> cells) throws Exception {
    var store = CrashStore.create();
    var run = new CrashRun(directory, store.database(), strategy);
    var config = config(store, strategy);
    var tests = new ArrayList<DynamicTest>();
    for (var cell : SAMPLING.of(strategy.toString(), cells)) {
      tests.add(
          DynamicTest.dynamicTest(
              "%s %s (%s)".formatted(strategy, cell.point(), SAMPLING.repetition()),
              () -> haltAndResolve(run, store, config, cell)));
    }
    tests.add(
        DynamicTest.dynamicTest(
            strategy + " in the end each number is there once", () -> finish(run, store)));
    return tests.stream();
  }

  private void haltAndResolve(CrashRun run, CrashStore store, Path config, Cell cell)
      throws Exception {
    assertThat(run.run(cell.point(), cell.hit())).as(run::output).isEqualTo(CrashJob.EXIT_HALTED);
    var before = store.inDoubt();
    var visible = store.rows();
    assertThat(before).as("something is in doubt").isPositive();

    var out = new StringWriter();
    var exit =
        ToolMain.execute(
            new PrintWriter(out, true),
            new PrintWriter(out, true),
            "resolve",
            "--config",
            config.toString(),
            "--sink",
            CrashJob.SINK_ID,
            "--checkpoint",
            run.registered(),
            "--execute",
            "--even-if-alive");

    if (cell.verdict() == Verdict.HOLD) {
      assertThat(exit).as(out.toString()).isEqualTo(EXIT_HELD);
      assertThat(store.inDoubt()).as(out.toString()).isEqualTo(before);
      return;
    }
    assertThat(exit).as(out.toString()).isEqualTo(EXIT_DONE);
    assertThat(store.inDoubt()).as(out.toString()).isZero();
    assertThat(out.toString()).contains(run.registered().replaceFirst("^file:", ""));
    if (cell.verdict() == Verdict.COMMIT) {
      assertThat(store.rows()).as(out.toString()).isGreaterThan(visible);
      assertThat(store.lastCheckpoint()).isEqualTo(run.registeredId());
    }
    assertThat(store.rows()).isEqualTo(store.rowsOfMarkers());
  }

  private void finish(CrashRun run, CrashStore store) throws Exception {
    assertThat(run.finish()).as(run::output).isZero();
    assertThat(store.rows()).isEqualTo(CrashRun.ROWS);
    assertThat(store.duplicates()).isZero();
    assertThat(store.inDoubt()).isZero();
  }

  private Path config(CrashStore store, Strategy strategy) throws Exception {
    var server = store.database().server();
    var connection =
        """
        host: 127.0.0.1
        port: %d
        database: %s
        user: %s
        password-file: %s
        ssl-mode: disable
        """
            .formatted(
                server.port(), store.database().name(), server.jobUser(), server.passwordFile());
    var yaml =
        "sink:\n  id: "
            + CrashJob.SINK_ID
            + "\n  strategy: prepared\n"
            + (strategy == THREE_PHASE
                ? "  protocol: three-phase\n  register:\n" + connection.indent(4)
                : "")
            + "postgres:\n"
            + connection.indent(2);
    return Files.writeString(directory.resolve("job.yaml"), yaml);
  }
}
