package io.onceflow.testbed.run.crash;

import static io.onceflow.testbed.run.crash.CrashRun.Strategy.PREPARED;
import static io.onceflow.testbed.run.crash.CrashRun.Strategy.STAGED;
import static io.onceflow.testbed.run.crash.CrashRun.Strategy.THREE_PHASE;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.conformance.Sampling;
import io.onceflow.testbed.run.crash.CrashRun.Strategy;
import io.onceflow.testbed.servers.ProxyAction;
import io.onceflow.testbed.servers.TcpProxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * A job is halted at every step of its protocol, one after the other, and goes on each time from
 * the newest checkpoint that Flink registered. After each halt the store must hold what the table
 * of in-doubt windows says, and in the end each number once.
 *
 * <p>The job that recovers from one halt is the one that is halted next, so every cell costs one
 * process. Every sixth cell is tried, with those that follow from it, or all with {@code
 * -Donceflow.walk=full}; see {@link Sampling}.
 */
class CrashTableIT {

  private static final int EXIT_KILLED = 137;
  private static final int SECOND = 2;
  private static final int THIRD = 3;

  private static final Sampling SAMPLING = Sampling.every(6);

  @TempDir Path directory;

  /** What is prepared in the store at the moment of the halt. */
  private enum InDoubt {
    /** Nothing, ever. */
    NOTHING,
    /** The epoch at hand is not prepared; the one before it may be under way. */
    MAYBE,
    /** At least one transaction of the epoch at hand. */
    SOMETHING,
    /** At least one, and the register has its vote. */
    VOTED,
    /** At least one, and the register says COMMIT. */
    TO_COMMIT
  }

  /**
   * One line of the table.
   *
   * @param point a crash point, or a statement whose reply is lost with the job
   * @param hit the how-manieth time it gets there
   * @param committed whether the newest registered checkpoint is decided in the store by then
   * @param follows whether it is reached only after the halt of the line before
   */
  private record Cell(
      String point, int hit, InDoubt inDoubt, Committed committed, boolean follows) {
    Cell following() {
      return new Cell(point, hit, inDoubt, committed, true);
    }

    boolean isStatement() {
      return Character.isUpperCase(point.charAt(0));
    }
  }

  /** Whether the store knows of the newest registered checkpoint. */
  private enum Committed {
    MAYBE,
    YES
  }

  private static Cell cell(String point, int hit, InDoubt inDoubt) {
    return new Cell(point, hit, inDoubt, Committed.MAYBE, false);
  }

  private static Cell decided(String point, int hit, InDoubt inDoubt) {
    return new Cell(point, hit, inDoubt, Committed.YES, false);
  }

  @TestFactory
  Stream<DynamicTest> staged() throws Exception {
    return table(
        STAGED,
        List.of(
            cell(CrashPoints.SEAL_BEFORE, THIRD, InDoubt.NOTHING),
            cell(CrashPoints.GATHER_BEFORE_EMIT, SECOND, InDoubt.NOTHING),
            cell(CrashPoints.SNAPSHOT_STATE, SECOND, InDoubt.NOTHING),
            cell(CrashingStorageFactory.BEFORE_METADATA, SECOND, InDoubt.NOTHING),
            cell(RecordingHighAvailability.BEFORE_REGISTER, THIRD, InDoubt.NOTHING),
            cell(RecordingHighAvailability.AFTER_REGISTER, THIRD, InDoubt.NOTHING),
            cell(CrashPoints.RESTORE_BEFORE_COMMIT, 1, InDoubt.NOTHING).following(),
            cell(CrashPoints.CLAIM_AFTER, 1, InDoubt.NOTHING).following(),
            cell(CrashPoints.COMMIT_BEFORE_APPLY, SECOND, InDoubt.NOTHING),
            cell(CrashPoints.APPLY_MIDDLE, SECOND, InDoubt.NOTHING),
            cell(CrashPoints.APPLY_BEFORE_COMMIT, SECOND, InDoubt.NOTHING),
            cell("COMMIT", THIRD, InDoubt.NOTHING),
            decided(CrashPoints.COMMIT_AFTER_APPLY, SECOND, InDoubt.NOTHING)));
  }

  @TestFactory
  Stream<DynamicTest> prepared() throws Exception {
    return table(PREPARED, preparedCells(InDoubt.SOMETHING));
  }

  @TestFactory
  Stream<DynamicTest> threePhase() throws Exception {
    var cells = new ArrayList<>(preparedCells(InDoubt.VOTED));
    cells.addAll(
        List.of(
            cell(CrashPoints.VOTE_BEFORE, SECOND, InDoubt.SOMETHING),
            cell(CrashPoints.ORPHAN_BEFORE_DECIDE, 1, InDoubt.SOMETHING).following(),
            cell(CrashPoints.VOTE_AFTER, SECOND, InDoubt.VOTED),
            cell(CrashPoints.COMMIT_AFTER_REGISTER, THIRD, InDoubt.TO_COMMIT)));
    return table(THREE_PHASE, cells);
  }

  private static List<Cell> preparedCells(InDoubt afterVote) {
    return List.of(
        cell(CrashPoints.WRITE_BEFORE_BEGIN, THIRD, InDoubt.MAYBE),
        cell(CrashPoints.WRITE_MIDDLE, THIRD, InDoubt.MAYBE),
        cell(CrashPoints.PREPARE_BEFORE, THIRD, InDoubt.MAYBE),
        cell("PREPARE TRANSACTION", THIRD, InDoubt.MAYBE),
        cell(CrashPoints.PREPARE_AFTER, THIRD, InDoubt.SOMETHING),
        cell(CrashPoints.ORPHAN_BEFORE_ROLLBACK, 1, InDoubt.SOMETHING).following(),
        cell(CrashPoints.GATHER_BEFORE_EMIT, SECOND, InDoubt.SOMETHING),
        cell(CrashPoints.ORPHAN_AFTER_ROLLBACK, 1, InDoubt.SOMETHING).following(),
        cell(CrashPoints.SNAPSHOT_STATE, SECOND, afterVote),
        cell(CrashingStorageFactory.BEFORE_METADATA, SECOND, afterVote),
        cell(RecordingHighAvailability.BEFORE_REGISTER, THIRD, afterVote),
        cell(RecordingHighAvailability.AFTER_REGISTER, THIRD, afterVote),
        cell(CrashPoints.RESTORE_BEFORE_COMMIT, 1, afterVote).following(),
        decided(CrashPoints.COMMIT_MIDDLE, 1, InDoubt.SOMETHING).following(),
        cell(CrashPoints.COMMIT_BEFORE_DECIDE, THIRD, afterVote),
        decided(CrashPoints.COMMIT_AFTER_DECIDE, THIRD, InDoubt.SOMETHING),
        decided(CrashPoints.COMMIT_MIDDLE, THIRD, InDoubt.SOMETHING),
        cell("COMMIT PREPARED", THIRD, InDoubt.MAYBE),
        decided(CrashPoints.COMMIT_BEFORE_FINISH, SECOND, InDoubt.MAYBE),
        decided(CrashPoints.COMMIT_AFTER_APPLY, SECOND, InDoubt.MAYBE),
        cell(CrashPoints.CLAIM_AFTER, 1, InDoubt.MAYBE).following());
  }

  private Stream<DynamicTest> table(Strategy strategy, List<Cell> cells) throws Exception {
    var store = CrashStore.create();
    var run = new CrashRun(directory, store.database(), strategy);
    var tests = new ArrayList<DynamicTest>();
    for (var cell : chosen(strategy, cells)) {
      var name = strategy + " " + cell.point();
      tests.add(DynamicTest.dynamicTest(name, () -> run(name, run, store, cell, strategy)));
    }
    tests.add(
        DynamicTest.dynamicTest(
            strategy + " in the end each number is there once",
            () -> finish(run, store, strategy)));
    System.out.printf(
        "%s: %d of %d cells, %s%n",
        strategy, tests.size() - 1, cells.size(), SAMPLING.repetition());
    return tests.stream();
  }

  private static List<Cell> chosen(Strategy strategy, List<Cell> cells) {
    var chains = new ArrayList<List<Cell>>();
    for (var cell : cells) {
      if (!cell.follows()) {
        chains.add(new ArrayList<>());
      }
      chains.get(chains.size() - 1).add(cell);
    }
    return SAMPLING.of(strategy.name(), chains).stream().flatMap(List::stream).toList();
  }

  private static void run(String name, CrashRun run, CrashStore store, Cell cell, Strategy strategy)
      throws Exception {
    try {
      var knownBefore = run.registeredId();
      halt(run, store, cell);
      check(run, store, cell, strategy, knownBefore);
    } catch (Exception | AssertionError e) {
      throw new AssertionError(
          "%s, hit %d (%s): %s".formatted(name, cell.hit(), SAMPLING.repetition(), e), e);
    }
  }

  private static void halt(CrashRun run, CrashStore store, Cell cell) throws Exception {
    if (!cell.isStatement()) {
      assertThat(run.run(cell.point(), cell.hit())).as(run::output).isEqualTo(CrashJob.EXIT_HALTED);
      return;
    }
    try (var proxy = TcpProxy.to(store.database().server())) {
      var process = run.through(proxy.port()).start(null, 0);
      var seen = new AtomicInteger();
      proxy.whenStatement(
          statement ->
              statement.strip().startsWith(cell.point()) && seen.incrementAndGet() == cell.hit(),
          ProxyAction.after(process::destroyForcibly));
      assertThat(CrashRun.await(process)).as(run::output).isEqualTo(EXIT_KILLED);
    } finally {
      run.direct();
    }
  }

  private static void check(
      CrashRun run, CrashStore store, Cell cell, Strategy strategy, long knownBefore)
      throws Exception {
    assertThat(store.duplicates()).as("duplicates").isZero();
    assertThat(store.rows()).as("rows of the visible markers").isEqualTo(store.rowsOfMarkers());
    assertThat(store.lastCheckpoint())
        .as("nothing is decided that Flink has not registered")
        .isLessThanOrEqualTo(run.registeredId());
    assertThat(store.newestMarker()).isLessThanOrEqualTo(run.registeredId());
    if (cell.committed() == Committed.YES) {
      assertThat(store.lastCheckpoint()).as("decided").isEqualTo(run.registeredId());
    }
    assertThat(run.registeredId()).isGreaterThanOrEqualTo(knownBefore);
    switch (cell.inDoubt()) {
      case NOTHING -> assertThat(store.inDoubt()).isZero();
      case MAYBE -> {}
      case SOMETHING -> assertThat(store.inDoubt()).isPositive();
      case VOTED -> assertThat(store.votedInDoubt()).isPositive();
      case TO_COMMIT -> assertThat(store.decidedInDoubt("COMMIT")).isPositive();
    }
    if (strategy == THREE_PHASE) {
      assertThat(store.markersWithoutCommit())
          .as("nothing is visible that the register has not decided")
          .isZero();
    }
  }

  private static void finish(CrashRun run, CrashStore store, Strategy strategy) throws Exception {
    assertThat(run.finish()).as(run::output).isZero();
    assertThat(store.rows()).isEqualTo(CrashRun.ROWS);
    assertThat(store.duplicates()).isZero();
    assertThat(store.rowsOfMarkers()).isEqualTo(CrashRun.ROWS);
    assertThat(store.inDoubt()).isZero();
    if (strategy == THREE_PHASE) {
      assertThat(store.markersWithoutCommit()).isZero();
    }
  }
}
