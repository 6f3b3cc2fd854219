package io.onceflow.common.sink.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.testbed.servers.PostgresDatabase;
import io.onceflow.testbed.servers.PostgresServer;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Strategy PREPARED in a MiniCluster on a real PostgreSQL, under the faults it is made for. */
@Timeout(180)
class PostgresPreparedIT extends PreparedJobs {

  @Test
  void everyRowIsThereOnceAndEveryMarkerBelongsToAnEpoch() throws Exception {
    start(2, null).getJobExecutionResult().get();
    assertEveryRowOnce(ROWS);
    assertThat(database.number("SELECT sum(row_count) FROM onceflow.marker")).isEqualTo(ROWS);
  }

  @Test
  void aCheckpointThatFailsAfterTheSnapshotDoublesNothing() throws Exception {
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
    numbers.sinkTo(sink(environment, database)).uid("sink");
    environment.execute();

    assertThat(FailsAtCheckpoint.hasFailed(name, 7)).isTrue();
    assertEveryRowOnce(ROWS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        CrashPoints.WRITE_BEFORE_BEGIN,
        CrashPoints.WRITE_MIDDLE,
        CrashPoints.PREPARE_BEFORE,
        CrashPoints.PREPARE_AFTER,
        CrashPoints.GATHER_BEFORE_EMIT,
        CrashPoints.SNAPSHOT_STATE,
        CrashPoints.COMMIT_BEFORE_DECIDE,
        CrashPoints.COMMIT_AFTER_DECIDE,
        CrashPoints.COMMIT_MIDDLE,
        CrashPoints.COMMIT_BEFORE_FINISH,
        CrashPoints.COMMIT_AFTER_APPLY
      })
  void aCrashAtAnyStepLosesAndDoublesNothing(String point) throws Exception {
    var hits = crashAt(point, 5);
    start(2, null).getJobExecutionResult().get();

    assertThat(hits).hasValueGreaterThan(5);
    assertEveryRowOnce(ROWS);
  }

  @Test
  void anAttemptThatDiesWhileItRollsOrphansBackLeavesTheRestToTheNext() throws Exception {
    crashAt(CrashPoints.PREPARE_AFTER, 6);
    var rollBacks = crashAt(CrashPoints.ORPHAN_AFTER_ROLLBACK, 1);
    start(2, null).getJobExecutionResult().get();

    assertThat(rollBacks).hasPositiveValue();
    assertEveryRowOnce(ROWS);
  }

  @Test
  void restoredWithOtherParallelismsItContinuesWhereItWas() throws Exception {
    var savepoint = runUntilStopped(1, null, 4);
    savepoint = runUntilStopped(3, savepoint, 8);
    start(2, savepoint).getJobExecutionResult().get();
    assertEveryRowOnce(ROWS);
    assertThat(database.number("SELECT count(DISTINCT lineage) FROM onceflow.marker")).isEqualTo(1);
    assertThat(database.number("SELECT max(subtask) FROM onceflow.marker")).isEqualTo(2);
  }

  @Test
  void transactionsOfAnAbortedCheckpointAreCommittedWithTheNext() throws Exception {
    var claims = new AtomicInteger();
    CrashPoints.arm(CrashPoints.CLAIM_AFTER, claims::incrementAndGet);
    var snapshots = new AtomicInteger();
    CrashPoints.arm(
        CrashPoints.SNAPSHOT_STATE,
        () -> {
          if (snapshots.incrementAndGet() == 4) {
            pause(new CountDownLatch(1)); // longer than the checkpoint may take
          }
        });
    var environment = SinkJobs.environment(directory, 2, null);
    environment.configure(
        new Configuration()
            .set(CheckpointingOptions.CHECKPOINTING_TIMEOUT, Duration.ofSeconds(1))
            .set(CheckpointingOptions.TOLERABLE_FAILURE_NUMBER, 10));
    SinkJobs.numbers(environment, "numbers", 0, 2 * ROWS, PER_SECOND)
        .sinkTo(sink(environment, database))
        .uid("sink");
    environment.execute();

    assertEveryRowOnce(2 * ROWS);
    assertThat(claims).hasValue(1);
    assertThat(decidedWithoutACheckpoint()).isPositive();
  }

  /** Waits, for two seconds at most, unless the task is cancelled. */
  private static void pause(CountDownLatch until) {
    try {
      until.await(2, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private long decidedWithoutACheckpoint() {
    var checkpoints =
        Path.of(URI.create(database.column("SELECT last_restore_path FROM onceflow.sink").get(0)))
            .getParent();
    return database.column("SELECT checkpoint_id FROM onceflow.decision").stream()
        .filter(id -> !Files.exists(checkpoints.resolve("chk-" + id)))
        .count();
  }

  @Test
  void theDatabaseMayBeKilledBetweenPrepareAndCommit() throws Exception {
    try (var server = PostgresServer.start()) {
      database = OnceflowDatabase.on(new PostgresDatabase(server, server.database()), SinkJobs.DDL);
      var prepared = new CountDownLatch(1);
      var killed = new CountDownLatch(1);
      // Not killed in the task's thread, which is interrupted when a writer loses its connection.
      onHit(
          CrashPoints.COMMIT_BEFORE_DECIDE,
          5,
          () -> {
            prepared.countDown();
            pause(killed);
          });
      var client = start(2, null);
      assertThat(prepared.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(inDoubt()).hasSizeGreaterThanOrEqualTo(2);
      server.kill();
      killed.countDown();
      server.restart();
      client.getJobExecutionResult().get();

      assertEveryRowOnce(ROWS);
    }
  }

  @Test
  void orphansOfThisSinkAreRolledBackAndNobodyElses() throws Exception {
    var nonce = "0123456789abcdef0123456789abcdef";
    var ours = "of.numbers.%s.3.7".formatted(nonce);
    var others =
        List.of(
            "of.numbers-2.%s.0.1".formatted(nonce),
            "of.number.%s.0.1".formatted(nonce),
            "of.numbers.%s.0".formatted(nonce),
            "numbers");
    var elsewhere = OnceflowDatabase.create("CREATE TABLE numbers (id bigint)");
    database.sqlAsJob(preparing(ours));
    others.forEach(id -> database.sqlAsJob(preparing(id)));
    var sameName = "of.numbers.%s.3.8".formatted(nonce);
    elsewhere.sqlAsJob(preparing(sameName));

    start(2, null).getJobExecutionResult().get();

    assertThat(inDoubt()).containsExactlyInAnyOrderElementsOf(others);
    others.forEach(id -> database.administer("ROLLBACK PREPARED '%s'".formatted(id)));
    elsewhere.administer("ROLLBACK PREPARED '%s'".formatted(sameName));
    assertEveryRowOnce(ROWS);
  }

  private static String preparing(String id) {
    return "BEGIN; INSERT INTO numbers (id) VALUES (-7); PREPARE TRANSACTION '%s'".formatted(id);
  }

  @Test
  void hotKeysAreUpsertedAgainAfterACrashBetweenPrepareAndTheCheckpoint() throws Exception {
    var rows = 200_000L;
    var hits = crashAt(CrashPoints.GATHER_BEFORE_EMIT, 4);
    var environment = SinkJobs.environment(directory, 2, null);
    SinkJobs.numbersInOrder(environment, "hot", rows, 60_000)
        .keyBy(number -> number.id() % 1_000)
        .map(number -> new SinkJobs.Latest(number.id() % 1_000, number.id()))
        .returns(SinkJobs.Latest.class)
        .uid("hot-keys")
        .sinkTo(SinkJobs.upsertSink(environment, database, PostgresPreparedIT::prepared))
        .uid("sink");
    environment.execute();

    assertThat(hits).hasValueGreaterThan(4);
    assertThat(database.number("SELECT count(*) FROM latest")).isEqualTo(1_000);
    // The last write of key k is the last id that ends in k.
    assertThat(database.number("SELECT count(*) FROM latest WHERE id <> 199000 + key")).isZero();
    assertNothingIsInDoubt();
  }

  @Test
  void rowsThatViolateAConstraintGoToTheDeadLetters() throws Exception {
    var environment = SinkJobs.environment(directory, 2, null);
    SinkJobs.numbers(environment, "numbers", 0, ROWS, PER_SECOND)
        .map(n -> n.id() % 5_000 == 4_321 ? new SinkJobs.Numbered(n.id(), -1L) : n)
        .returns(SinkJobs.Numbered.class)
        .uid("spoil")
        .sinkTo(sink(environment, database))
        .uid("sink");
    environment.execute();

    assertThat(database.number("SELECT count(DISTINCT id) FROM numbers")).isEqualTo(ROWS - 4);
    assertThat(database.number("SELECT count(*) FROM numbers")).isEqualTo(ROWS - 4);
    assertThat(
            database.column("SELECT row_text::jsonb ->> 'id' FROM onceflow.dead_letter ORDER BY 1"))
        .containsExactly("14321", "19321", "4321", "9321");
    assertThat(
            database.number(
                "SELECT count(*) FROM onceflow.dead_letter JOIN onceflow.marker USING (epoch) WHERE rejected > 0"))
        .isEqualTo(4);
    assertNothingIsInDoubt();
  }

  @Test
  void rowsWhoseUniqueKeysAnOrphanHoldsAreWrittenAgain() throws Exception {
    database.sql("ALTER TABLE numbers ADD PRIMARY KEY (id)");
    var hits = crashAt(CrashPoints.GATHER_BEFORE_EMIT, 5);
    start(2, null).getJobExecutionResult().get();

    assertThat(hits).hasValueGreaterThan(5);
    assertEveryRowOnce(ROWS);
  }
}
