package io.onceflow.common.sink.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.onceflow.common.commit.CommitScope;
import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.OnRewind;
import io.onceflow.testbed.servers.PostgresDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The sink in a MiniCluster against a real PostgreSQL, under the faults it is made for. */
@Timeout(180)
class PostgresSinkIT {

  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setConfiguration(
                  new Configuration().set(CheckpointingOptions.MAX_RETAINED_CHECKPOINTS, 50))
              .setNumberTaskManagers(2)
              .setNumberSlotsPerTaskManager(4)
              .build());

  private static final long ROWS = 20_000;
  private static final double PER_SECOND = 8_000;
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @TempDir Path directory;

  private final OnceflowDatabase database = OnceflowDatabase.create(SinkJobs.DDL);

  @AfterEach
  void disarm() {
    CrashPoints.disarmAll();
  }

  @ParameterizedTest
  @EnumSource(CommitScope.class)
  void aCheckpointThatFailsAfterTheSnapshotDoublesNothing(CommitScope scope) throws Exception {
    var environment = SinkJobs.environment(directory, 2, null);
    var numbers = SinkJobs.numbers(environment, "numbers", 0, ROWS, PER_SECOND);
    var name = UUID.randomUUID().toString();
    // Both branches in one region: else only the failing one restarts and nothing is tested.
    numbers
        .keyBy(SinkJobs.Numbered::id)
        .map(new FailsAtCheckpoint(name, 7))
        .uid("fails")
        .sinkTo(new DiscardingSink<>())
        .uid("discard");
    numbers
        .sinkTo(
            SinkJobs.sink(
                environment,
                database,
                database.database().server().port(),
                builder -> builder.scope(scope).inlineLimitBytes(512)))
        .uid("sink");
    environment.execute();

    assertThat(FailsAtCheckpoint.hasFailed(name, 7)).isTrue();
    assertEveryRowOnce(ROWS);
    assertNoSegmentIsLeft(scope);
  }

  @Test
  void unalignedCheckpointsUnderBackPressureDoubleNothing() throws Exception {
    var environment = SinkJobs.environment(directory, 2, null);
    environment.configure(new Configuration().set(CheckpointingOptions.ENABLE_UNALIGNED, true));
    var rows = 300_000L;
    var name = UUID.randomUUID().toString();
    var numbers = SinkJobs.numbers(environment, "numbers", 0, rows, 10_000_000);
    numbers
        .keyBy(SinkJobs.Numbered::id)
        .map(new FailsAtCheckpoint(name, 5))
        .uid("fails")
        .sinkTo(SinkJobs.sink(environment, database))
        .uid("sink");
    environment.execute();

    assertThat(FailsAtCheckpoint.hasFailed(name, 5)).isTrue();
    assertEveryRowOnce(rows);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        CrashPoints.GATHER_BEFORE_EMIT,
        CrashPoints.COMMIT_BEFORE_APPLY,
        CrashPoints.APPLY_MIDDLE,
        CrashPoints.APPLY_BEFORE_COMMIT,
        CrashPoints.COMMIT_AFTER_APPLY
      })
  void aCrashAtAnyStepOfTheCommitLosesAndDoublesNothing(String point) throws Exception {
    var hits = new AtomicInteger();
    CrashPoints.arm(
        point,
        () -> {
          if (hits.incrementAndGet() == 4) {
            throw new IllegalStateException("Crash at " + point + " as asked.");
          }
        });
    var environment = SinkJobs.environment(directory, 2, null);
    SinkJobs.numbers(environment, "numbers", 0, ROWS, PER_SECOND)
        .sinkTo(SinkJobs.sink(environment, database))
        .uid("sink");
    environment.execute();

    assertThat(hits).hasValueGreaterThan(4);
    assertEveryRowOnce(ROWS);
  }

  @Test
  void restoredWithOtherParallelismsItContinuesWhereItWas() throws Exception {
    var savepoint = runUntilStopped(1, null, 4);
    savepoint = runUntilStopped(3, savepoint, 8);
    runToTheEnd(2, savepoint, builder -> builder);
    assertEveryRowOnce(ROWS);
    assertThat(database.number("SELECT count(DISTINCT lineage) FROM onceflow.marker")).isEqualTo(1);
  }

  @Test
  void anOlderCheckpointIsRefusedWithThePathOfTheRightOne() throws Exception {
    var client = start(2, null, builder -> builder);
    awaitCheckpoint(6);
    client.cancel().get();
    await().atMost(PATIENCE).until(() -> client.getJobStatus().get().isGloballyTerminalState());
    var rightPath = database.column("SELECT last_restore_path FROM onceflow.sink").get(0);
    var olderPath = rightPath.replaceFirst("chk-\\d+$", "chk-3");
    assertThat(Files.exists(Path.of(java.net.URI.create(olderPath)))).isTrue();

    assertThatThrownBy(() -> runToTheEnd(2, olderPath, builder -> builder))
        .hasStackTraceContaining("was restored from checkpoint 3, but the store already holds")
        .hasStackTraceContaining("Restore from " + rightPath);

    runToTheEnd(2, rightPath, builder -> builder);
    assertEveryRowOnce(ROWS);
  }

  @Test
  void duplicatesThatAreAcceptedBeginALineageOfTheirOwn() throws Exception {
    var client = start(2, null, builder -> builder);
    awaitCheckpoint(6);
    client.cancel().get();
    await().atMost(PATIENCE).until(() -> client.getJobStatus().get().isGloballyTerminalState());
    var olderPath =
        database
            .column("SELECT last_restore_path FROM onceflow.sink")
            .get(0)
            .replaceFirst("chk-\\d+$", "chk-3");

    runToTheEnd(2, olderPath, builder -> builder.onRewind(OnRewind.ACCEPT_DUPLICATES));

    assertThat(database.number("SELECT count(DISTINCT id) FROM numbers")).isEqualTo(ROWS);
    assertThat(database.number("SELECT count(*) FROM numbers")).isGreaterThan(ROWS);
    assertThat(database.number("SELECT parent_checkpoint_id FROM onceflow.sink")).isEqualTo(3);
  }

  @Test
  void aFreshStartOverAnExistingHistoryIsRefused() throws Exception {
    runToTheEnd(1, null, builder -> builder);
    assertThatThrownBy(() -> runToTheEnd(1, null, builder -> builder))
        .hasStackTraceContaining("starts without state of this sink")
        .hasStackTraceContaining("choose a new sink id, a new uid and empty tables");
    assertEveryRowOnce(ROWS);
  }

  @Test
  void aSecondJobTakesTheSinkOverAndTheFirstOneEndsForGood() throws Exception {
    var first = start(1, null, builder -> builder);
    awaitCheckpoint(3);
    var savepoint =
        first
            .stopWithSavepoint(false, directory.toUri().toString(), SavepointFormatType.CANONICAL)
            .get();
    var original = start(1, savepoint, builder -> builder);
    awaitRuns(2);
    // The clone starts from the very point the original started from, before that commits more.
    var clone = start(1, savepoint, builder -> builder);
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                original.getJobStatus().get().isGloballyTerminalState()
                    || clone.getJobStatus().get().isGloballyTerminalState());
    var survivor = original.getJobStatus().get().isGloballyTerminalState() ? clone : original;
    survivor.getJobExecutionResult().get();
    assertEveryRowOnce(ROWS);
  }

  @Test
  void filesOfRunsThatAreFencedAreDeletedAlsoWhenTheRunBetweenFailed() throws Exception {
    runToTheEnd(1, runUntilStopped(1, null, 3), builder -> builder);
    var segments = directory.resolve("chk/onceflow-segments").resolve(SinkJobs.SINK_ID);
    for (var run : database.column("SELECT run_id FROM onceflow.run")) {
      Files.createDirectories(segments.resolve(run));
      Files.writeString(segments.resolve(run).resolve("dead-0-0"), "left");
    }
    var foreign = Files.createDirectories(segments.resolve("a-run-of-another-database"));
    database.sql(
        "UPDATE onceflow.sink SET sink_id = 'other'; UPDATE onceflow.marker SET sink_id = 'other'");

    start(1, null, builder -> builder).getJobExecutionResult().get();

    try (var left = Files.list(segments)) {
      assertThat(left.filter(path -> !path.equals(foreign)).flatMap(PostgresSinkIT::children))
          .isEmpty();
    }
    assertThat(foreign).exists();
  }

  private static java.util.stream.Stream<Path> children(Path directory) {
    var files = directory.toFile().listFiles();
    return java.util.Arrays.stream(files).map(java.io.File::toPath);
  }

  @ParameterizedTest
  @EnumSource(CommitScope.class)
  void oneOfTwoSourcesMayEndBeforeTheOther(CommitScope scope) throws Exception {
    var environment = SinkJobs.environment(directory, 2, null);
    SinkJobs.numbers(environment, "short", 0, 1_000, 50_000)
        .union(SinkJobs.numbers(environment, "long", 1_000, ROWS - 1_000, PER_SECOND))
        .sinkTo(
            SinkJobs.sink(
                environment,
                database,
                database.database().server().port(),
                builder -> builder.scope(scope)))
        .uid("sink");
    environment.execute();
    assertEveryRowOnce(ROWS);
  }

  @Test
  void theDatabaseMayBeKilledAndComeBackWhileTheJobRuns() throws Exception {
    try (var server = io.onceflow.testbed.servers.PostgresServer.start()) {
      var own = OnceflowDatabase.on(new PostgresDatabase(server, server.database()), SinkJobs.DDL);
      var environment = SinkJobs.environment(directory, 2, null);
      SinkJobs.numbers(environment, "numbers", 0, 4 * ROWS, PER_SECOND)
          .sinkTo(SinkJobs.sink(environment, own))
          .uid("sink");
      var client = environment.executeAsync();
      await().atMost(PATIENCE).until(() -> own.number("SELECT count(*) FROM numbers") > 1_000);
      server.kill();
      server.restart();
      client.getJobExecutionResult().get();
      assertThat(own.number("SELECT count(*) FROM numbers")).isEqualTo(4 * ROWS);
      assertThat(own.number("SELECT count(DISTINCT id) FROM numbers")).isEqualTo(4 * ROWS);
      assertThat(own.number("SELECT count(*) FROM onceflow.run")).isEqualTo(1);
    }
  }

  @Test
  void aThousandHotKeysAreUpsertedAtFullSpeed() throws Exception {
    var rows = 1_000_000L;
    var environment = SinkJobs.environment(directory, 2, null);
    SinkJobs.numbersInOrder(environment, "hot", rows, 10_000_000)
        .keyBy(number -> number.id() % 1_000)
        .map(number -> new SinkJobs.Latest(number.id() % 1_000, number.id()))
        .returns(SinkJobs.Latest.class)
        .uid("hot-keys")
        .sinkTo(SinkJobs.upsertSink(environment, database))
        .uid("sink");
    environment.execute();
    assertThat(database.number("SELECT count(*) FROM latest")).isEqualTo(1_000);
    // The last write of key k is the last id that ends in k.
    assertThat(database.number("SELECT count(*) FROM latest WHERE id <> 999000 + key")).isZero();
  }

  @Test
  void aRowThatViolatesAConstraintGoesToTheDeadLettersInItsEpoch() throws Exception {
    var environment = SinkJobs.environment(directory, 2, null);
    SinkJobs.numbers(environment, "numbers", 0, 10_000, PER_SECOND)
        .map(number -> number.id() == 4_321 ? new SinkJobs.Numbered(number.id(), -1L) : number)
        .returns(SinkJobs.Numbered.class)
        .uid("spoil")
        .sinkTo(SinkJobs.sink(environment, database))
        .uid("sink");
    environment.execute();
    assertThat(database.number("SELECT count(*) FROM numbers")).isEqualTo(9_999);
    assertThat(database.column("SELECT row_text::jsonb ->> 'id' FROM onceflow.dead_letter"))
        .containsExactly("4321");
  }

  private JobClient start(
      int parallelism,
      String restoreFrom,
      UnaryOperator<io.onceflow.common.commit.TwoPhaseCommitSink.Builder<SinkJobs.Numbered>>
          settings)
      throws Exception {
    var environment = SinkJobs.environment(directory, parallelism, restoreFrom);
    SinkJobs.numbers(environment, "numbers", 0, ROWS, PER_SECOND)
        .sinkTo(SinkJobs.sink(environment, database, database.database().server().port(), settings))
        .uid("sink");
    return environment.executeAsync();
  }

  private void runToTheEnd(
      int parallelism,
      String restoreFrom,
      UnaryOperator<io.onceflow.common.commit.TwoPhaseCommitSink.Builder<SinkJobs.Numbered>>
          settings)
      throws Exception {
    start(parallelism, restoreFrom, settings).getJobExecutionResult().get();
  }

  private String runUntilStopped(int parallelism, String restoreFrom, long checkpointId)
      throws Exception {
    var client = start(parallelism, restoreFrom, builder -> builder);
    awaitCheckpoint(checkpointId);
    return client
        .stopWithSavepoint(false, directory.toUri().toString(), SavepointFormatType.CANONICAL)
        .get();
  }

  private void awaitCheckpoint(long checkpointId) {
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                database.number("SELECT coalesce(max(last_checkpoint_id), 0) FROM onceflow.sink")
                    >= checkpointId);
  }

  private void awaitRuns(long runs) {
    await()
        .atMost(PATIENCE)
        .until(() -> database.number("SELECT count(*) FROM onceflow.run") >= runs);
  }

  private void assertEveryRowOnce(long rows) {
    assertThat(
            database.column(
                "SELECT concat_ws(' ', count(*), count(DISTINCT id), min(id), max(id)) FROM numbers"))
        .containsExactly("%d %d 0 %d".formatted(rows, rows, rows - 1));
  }

  private void assertNoSegmentIsLeft(CommitScope scope) throws Exception {
    if (scope == CommitScope.SINK) {
      try (var files = Files.walk(directory.resolve("chk/onceflow-segments"))) {
        assertThat(files.filter(Files::isRegularFile)).isEmpty();
      }
    }
  }
}
