package io.onceflow.common.sink.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.onceflow.common.commit.CommitScope;
import io.onceflow.common.commit.LeasePolicy;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.TwoPhaseCommitSink;
import io.onceflow.common.config.RedisConfig;
import io.onceflow.common.config.Secret;
import io.onceflow.common.lock.LeaseHolder;
import io.onceflow.common.lock.LeaseStore;
import io.onceflow.common.lock.SinkLeases;
import io.onceflow.common.sink.redis.RedisLeaseStore;
import io.onceflow.testbed.servers.RedisServer;
import io.onceflow.testbed.servers.TestServers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two jobs with one sink id, kept apart by a lease before the claim would tell them apart. */
@Timeout(180)
class SinkLeaseIT {

  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setConfiguration(
                  new Configuration().set(CheckpointingOptions.MAX_RETAINED_CHECKPOINTS, 50))
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(6)
              .build());

  private static final Duration TTL = Duration.ofSeconds(2);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration NEVER = Duration.ofHours(10);
  private static final long ROWS = 20_000;
  private static final double PER_SECOND = 2_000;

  @TempDir Path directory;

  private final OnceflowDatabase database = OnceflowDatabase.create(SinkJobs.DDL);

  @BeforeEach
  void createTables() throws Exception {
    database.sql(Files.readString(Path.of("../flink-conf/sql/locks.sql")));
    database.grant("locks-roles.sql");
  }

  private LeaseStore leases(String store) {
    return store.equals("redis")
        ? leases(TestServers.redis())
        : PostgresLeaseStore.at(database.config());
  }

  private static LeaseStore leases(RedisServer server) {
    return RedisLeaseStore.at(
        RedisConfig.loopback(
            server.port(),
            Secret.fromFile(server.passwordFile().toString()),
            TestServers.newRedisPrefix()));
  }

  private JobClient start(
      StreamExecutionEnvironment environment,
      UnaryOperator<TwoPhaseCommitSink.Builder<SinkJobs.Numbered>> settings)
      throws Exception {
    var port = database.database().server().port();
    SinkJobs.numbers(environment, "a", 0, ROWS, PER_SECOND)
        .sinkTo(SinkJobs.sink(environment, database, port, settings))
        .name("Numbers")
        .uid("sink-numbers");
    return environment.executeAsync();
  }

  private JobClient start(String restoreFrom, LeasePolicy policy, LeaseStore leases)
      throws Exception {
    return start(
        SinkJobs.environment(directory, 1, restoreFrom),
        builder -> builder.lease(policy, new SinkLeases(leases, TTL)));
  }

  private long number(String query) {
    return database.number(query);
  }

  private void awaitCheckpoint(long checkpointId) {
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                number("SELECT coalesce(max(last_checkpoint_id), 0) FROM onceflow.sink")
                    >= checkpointId);
  }

  private static void awaitEnd(JobClient job, JobStatus status) {
    await().atMost(PATIENCE).until(() -> job.getJobStatus().get().isGloballyTerminalState());
    assertThat(job.getJobStatus().join()).isEqualTo(status);
  }

  private void assertEveryRowOnce() {
    assertThat(
            database.column(
                "SELECT concat_ws(' ', count(*), count(DISTINCT id), min(id), max(id)) FROM numbers"))
        .containsExactly("%d %d 0 %d".formatted(ROWS, ROWS, ROWS - 1));
  }

  private String lastCheckpoint() {
    return database.column("SELECT last_restore_path FROM onceflow.sink").get(0);
  }

  /**
   * Restored from a checkpoint of the running job, so that without a lease its committer would
   * claim the sink at once.
   */
  @ParameterizedTest
  @ValueSource(strings = {"postgres", "redis"})
  void aSecondJobIsRefusedBeforeItClaimsAndTheFirstOneGoesOn(String store) throws Exception {
    var leases = leases(store);
    var first = start(null, LeasePolicy.REFUSE, leases);
    awaitCheckpoint(2);
    var second = start(lastCheckpoint(), LeasePolicy.REFUSE, leases);
    awaitEnd(second, JobStatus.FAILED);
    assertThatThrownBy(() -> second.getJobExecutionResult().get())
        .hasStackTraceContaining("is at work for this sink: it holds the lease 'sink/numbers'");
    assertThat(number("SELECT count(*) FROM onceflow.run")).as("claims").isEqualTo(1);
    assertThat(first.getJobStatus().get()).isEqualTo(JobStatus.RUNNING);
    first.getJobExecutionResult().get();
    assertEveryRowOnce();
  }

  @Test
  void aJobThatIsGoneIsFollowedWhenItsLeaseHasRunOut() throws Exception {
    var leases = leases("postgres");
    var first = start(null, LeasePolicy.REFUSE, leases);
    awaitCheckpoint(2);
    first.cancel().get();
    awaitEnd(first, JobStatus.CANCELED);
    start(lastCheckpoint(), LeasePolicy.REFUSE, leases).getJobExecutionResult().get();
    assertEveryRowOnce();
    assertThat(number("SELECT count(*) FROM onceflow.run")).isEqualTo(2);
  }

  /**
   * No checkpoint completes, so it is not a commit that tells the first job; it has restarts left,
   * so it is not for want of them that it ends.
   */
  @Test
  void aJobWhoseLeaseIsTakenOverEndsForGoodBeforeItsNextCommit() throws Exception {
    var leases = leases("postgres");
    var first = startWithoutCheckpoints(leases, PATIENCE, "fixed-delay");
    await().atMost(PATIENCE).until(() -> holder(leases) != null);
    var second = start(null, LeasePolicy.TAKE_OVER, leases);
    awaitEnd(first, JobStatus.FAILED);
    assertThatThrownBy(() -> first.getJobExecutionResult().get())
        .hasStackTraceContaining("is lost: ")
        .hasStackTraceContaining("finishes nothing that it has begun");
    second.getJobExecutionResult().get();
    assertEveryRowOnce();
  }

  @Test
  void aJobThatDoesNotGetOnLosesItsLeaseAndFails() throws Exception {
    var job = startWithoutCheckpoints(leases("postgres"), Duration.ofMillis(100), "none");
    awaitEnd(job, JobStatus.FAILED);
    assertThatThrownBy(() -> job.getJobExecutionResult().get())
        .hasStackTraceContaining("Its holder has made no progress for");
  }

  /** What befalls a server of leases while a job holds one there. */
  enum Fault {
    FLUSHED {
      @Override
      void befall(RedisServer server) {
        server.command("FLUSHALL");
      }
    },
    KILLED {
      @Override
      void befall(RedisServer server) {
        server.kill();
        server.restart();
      }
    },
    PAUSED_FOR_LONGER_THAN_A_TERM {
      @Override
      void befall(RedisServer server) {
        server.pause();
        var end = System.nanoTime() + TTL.multipliedBy(2).toNanos();
        await().atMost(PATIENCE).until(() -> System.nanoTime() > end);
        server.resume();
      }
    };

    abstract void befall(RedisServer server);
  }

  @ParameterizedTest
  @EnumSource
  void aJobSurvivesTheLossOfItsLeaseAndWritesNothingTwice(Fault fault) throws Exception {
    try (var server = RedisServer.start()) {
      var leases = leases(server);
      var job = start(null, LeasePolicy.REFUSE, leases);
      awaitCheckpoint(2);
      var holder = holder(leases);
      fault.befall(server);
      await().atMost(PATIENCE).until(() -> holder(leases) != null);
      assertThat(holder(leases).owner()).as("a restart is the same run").isEqualTo(holder.owner());
      job.getJobExecutionResult().get();
      assertEveryRowOnce();
    }
  }

  @Test
  void theSubtasksOfOneRunShareTheirLease() throws Exception {
    var leases = leases("postgres");
    var job =
        start(
            SinkJobs.environment(directory, 2, null),
            builder ->
                builder
                    .scope(CommitScope.SUBTASK)
                    .lease(LeasePolicy.REFUSE, new SinkLeases(leases, TTL)));
    job.getJobExecutionResult().get();
    assertEveryRowOnce();
    assertThat(database.column("SELECT token FROM onceflow.lease")).containsExactly("1");
  }

  @Test
  void aStoreWithoutItsTableOfLeasesSaysSo() throws Exception {
    database.sql("DROP TABLE onceflow.lease");
    var environment = SinkJobs.environment(directory, 1, null);
    environment.configure(new Configuration().set(RestartStrategyOptions.RESTART_STRATEGY, "none"));
    var job = start(environment, builder -> builder.lease(LeasePolicy.REFUSE));
    awaitEnd(job, JobStatus.FAILED);
    assertThatThrownBy(() -> job.getJobExecutionResult().get())
        .hasStackTraceContaining("Run flink-conf/sql/locks.sql as the owner");
  }

  private LeaseHolder holder(LeaseStore leases) throws Exception {
    try (var session = leases.connect()) {
      return session.holder(SinkLeases.key(new SinkId(SinkJobs.SINK_ID))).orElse(null);
    }
  }

  /** Its sink expects a checkpoint at least every so often, and none comes. */
  private JobClient startWithoutCheckpoints(LeaseStore leases, Duration expected, String restarts)
      throws Exception {
    var environment = SinkJobs.environment(directory, 1, null);
    var configuration = new Configuration();
    configuration.addAll((Configuration) environment.getConfiguration());
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, expected);
    configuration.set(CheckpointingOptions.CHECKPOINTING_TIMEOUT, expected);
    environment.configure(
        new Configuration()
            .set(CheckpointingOptions.CHECKPOINTING_INTERVAL, NEVER)
            .set(RestartStrategyOptions.RESTART_STRATEGY, restarts));
    return start(
        environment,
        builder ->
            builder
                .checkpointsOf(configuration)
                .lease(LeasePolicy.REFUSE, new SinkLeases(leases, TTL)));
  }
}
