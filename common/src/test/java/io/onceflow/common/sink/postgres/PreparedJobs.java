package io.onceflow.common.sink.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.onceflow.common.commit.CommitStrategy;
import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.TwoPhaseCommitSink;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Jobs of strategy PREPARED in a MiniCluster, and what must be true of their database afterwards.
 */
abstract class PreparedJobs {

  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setConfiguration(
                  new Configuration().set(CheckpointingOptions.MAX_RETAINED_CHECKPOINTS, 50))
              .setNumberTaskManagers(2)
              .setNumberSlotsPerTaskManager(4)
              .build());

  static final long ROWS = 20_000;
  static final double PER_SECOND = 8_000;
  static final Duration PATIENCE = Duration.ofSeconds(90);

  @TempDir Path directory;

  OnceflowDatabase database = OnceflowDatabase.create(SinkJobs.DDL);

  @AfterEach
  void disarm() {
    CrashPoints.disarmAll();
  }

  static AtomicInteger crashAt(String point, int hit) {
    return onHit(
        point,
        hit,
        () -> {
          throw new IllegalStateException("Crash at " + point + " as asked.");
        });
  }

  static AtomicInteger onHit(String point, int hit, Runnable action) {
    var hits = new AtomicInteger();
    CrashPoints.arm(
        point,
        () -> {
          if (hits.incrementAndGet() == hit) {
            action.run();
          }
        });
    return hits;
  }

  List<String> inDoubt() {
    return database.column(
        "SELECT gid FROM pg_prepared_xacts WHERE database = current_database() ORDER BY gid");
  }

  String runUntilStopped(int parallelism, String restoreFrom, long checkpointId) throws Exception {
    var client = start(parallelism, restoreFrom);
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                database.number("SELECT coalesce(max(last_checkpoint_id), 0) FROM onceflow.sink")
                    >= checkpointId);
    return client
        .stopWithSavepoint(false, directory.toUri().toString(), SavepointFormatType.CANONICAL)
        .get();
  }

  JobClient start(int parallelism, String restoreFrom) throws Exception {
    var environment = SinkJobs.environment(directory, parallelism, restoreFrom);
    // While the database is down every attempt ends at once.
    environment.configure(
        new Configuration()
            .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 1_000));
    SinkJobs.numbers(environment, "numbers", 0, ROWS, PER_SECOND)
        .rebalance()
        .sinkTo(sink(environment, database))
        .uid("sink");
    return environment.executeAsync();
  }

  static TwoPhaseCommitSink<SinkJobs.Numbered> sink(
      StreamExecutionEnvironment environment, OnceflowDatabase database) {
    return SinkJobs.sink(
        environment, database, database.database().server().port(), PreparedJobs::prepared);
  }

  static <T> TwoPhaseCommitSink.Builder<T> prepared(TwoPhaseCommitSink.Builder<T> builder) {
    return builder.strategy(CommitStrategy.PREPARED);
  }

  void assertEveryRowOnce(long rows) {
    assertThat(
            database.column(
                "SELECT concat_ws(' ', count(*), count(DISTINCT id), min(id), max(id)) FROM numbers"))
        .containsExactly("%d %d 0 %d".formatted(rows, rows, rows - 1));
    assertNothingIsInDoubt();
  }

  void assertNothingIsInDoubt() {
    assertThat(
            database.column(
                "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()"))
        .isEmpty();
    assertThat(
            database.column(
                "SELECT transaction_id FROM onceflow.marker WHERE decision_id IS NULL OR lineage IS NULL OR checkpoint_id IS NULL"))
        .isEmpty();
    assertThat(
            database.column(
                "SELECT transaction_id FROM onceflow.decision WHERE finished_at IS NULL"))
        .isEmpty();
  }
}
