package io.onceflow.common.sink.mariadb;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.commit.CommitStrategy;
import io.onceflow.common.commit.TwoPhaseCommitSink;
import io.onceflow.common.sink.postgres.FailsAtCheckpoint;
import io.onceflow.common.sink.postgres.SinkJobs;
import io.onceflow.common.sink.postgres.SinkJobs.Numbered;
import io.onceflow.testbed.servers.ProxyAction;
import io.onceflow.testbed.servers.TcpProxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The sink in a MiniCluster against a real MariaDB, under the faults it is made for. */
@Timeout(180)
class MariaDbSinkIT {

  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(4)
              .build());

  private static final long ROWS = 20_000;

  @TempDir Path directory;

  /** No key: the database itself must not be what keeps a duplicate out. */
  private final MariaDbTables database =
      MariaDbTables.create("CREATE TABLE numbers (id bigint NOT NULL, value bigint)");

  @ParameterizedTest
  @EnumSource(CommitStrategy.class)
  void aCheckpointThatFailsAfterTheSnapshotDoublesNothing(CommitStrategy strategy)
      throws Exception {
    var environment = SinkJobs.environment(directory, 2, null);
    var numbers = SinkJobs.numbers(environment, "numbers", 0, ROWS, 5_000);
    var name = UUID.randomUUID().toString();
    // Both branches in one region: else only the failing one restarts and nothing is tested.
    numbers
        .keyBy(Numbered::id)
        .map(new FailsAtCheckpoint(name, 7))
        .uid("fails")
        .sinkTo(new DiscardingSink<>())
        .uid("discard");
    numbers
        .sinkTo(
            sink(strategy, database.database().server().port())
                .checkpointsOf(environment.getConfiguration())
                .build())
        .uid("sink");
    environment.execute();

    assertThat(FailsAtCheckpoint.hasFailed(name, 7)).isTrue();
    assertEveryRowOnce();
  }

  @ParameterizedTest
  @CsvSource({
    "STAGED, LOAD DATA",
    "STAGED, COMMIT",
    "PREPARED, LOAD DATA",
    "PREPARED, XA PREPARE",
    "PREPARED, XA COMMIT",
    "PREPARED, UPDATE"
  })
  void aConnectionCutAtAnyStatementCostsNoRow(CommitStrategy strategy, String statement)
      throws Exception {
    run(
        strategy,
        proxy ->
            proxy
                .whenStatement(statement, new ProxyAction.LoseRequest(TcpProxy.Cut.RST))
                .awaitFired(Duration.ofSeconds(60)));
  }

  @ParameterizedTest
  @CsvSource({"STAGED, COMMIT", "PREPARED, XA PREPARE", "PREPARED, XA COMMIT"})
  void anAnswerThatIsLostCountsOnce(CommitStrategy strategy, String statement) throws Exception {
    run(strategy, proxy -> proxy.loseReplyTo(statement).awaitFired(Duration.ofSeconds(60)));
  }

  /** What happens to the network while the job runs. */
  private interface Fault {
    void happen(TcpProxy proxy);
  }

  private void run(CommitStrategy strategy, Fault fault) throws Exception {
    try (var proxy = TcpProxy.to(database.database().server())) {
      var environment = SinkJobs.environment(directory, 2, null);
      SinkJobs.numbers(environment, "numbers", 0, ROWS, 5_000)
          .sinkTo(
              sink(strategy, proxy.port()).checkpointsOf(environment.getConfiguration()).build())
          .uid("sink");
      var client = environment.executeAsync();
      org.awaitility.Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> database.number("SELECT count(*) FROM numbers") >= 1_000);
      fault.happen(proxy);
      client.getJobExecutionResult().get();
    }
    assertEveryRowOnce();
    assertThat(database.number("SELECT count(*) FROM OF.run")).isEqualTo(1);
  }

  private TwoPhaseCommitSink.Builder<Numbered> sink(CommitStrategy strategy, int port) {
    var table =
        MariaDbTable.<Numbered>named("numbers")
            .bigint("id", Numbered::id)
            .bigint("value", Numbered::value);
    return TwoPhaseCommitSink.of(
            MariaDbStore.<Numbered>at(database.configThrough(port)).table(Numbered.class, table))
        .sinkId("numbers")
        .strategy(strategy);
  }

  private void assertEveryRowOnce() {
    assertThat(
            database.column(
                "SELECT concat_ws(' ', count(*), count(DISTINCT id), min(id), max(id)) FROM numbers"))
        .containsExactly("%d %d 0 %d".formatted(ROWS, ROWS, ROWS - 1));
    assertThat(database.column("SELECT transaction_id FROM OF.marker WHERE checkpoint_id IS NULL"))
        .isEmpty();
  }
}
