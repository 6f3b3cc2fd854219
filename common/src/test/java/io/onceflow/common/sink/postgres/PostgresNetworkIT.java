package io.onceflow.common.sink.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.onceflow.testbed.servers.ProxyAction;
import io.onceflow.testbed.servers.TcpProxy;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The sink over a network that fails at the worst moment. */
@Timeout(180)
class PostgresNetworkIT {

  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(4)
              .build());

  private static final long ROWS = 20_000;

  @TempDir Path directory;

  private final OnceflowDatabase database = OnceflowDatabase.create(SinkJobs.DDL);

  @Test
  void aCommitWhoseAnswerIsLostCountsOnce() throws Exception {
    try (var proxy = TcpProxy.to(database.database().server())) {
      var environment = environmentThrough(proxy);
      var client = environment.executeAsync();
      awaitRows(1_000);
      var epochsBefore = database.number("SELECT count(*) FROM onceflow.marker");
      var lost = proxy.loseReplyTo("COMMIT");
      lost.awaitFired(Duration.ofSeconds(60));
      client.getJobExecutionResult().get();

      assertEveryRowOnce();
      assertThat(database.number("SELECT count(*) FROM onceflow.marker"))
          .isGreaterThan(epochsBefore);
      assertThat(database.number("SELECT count(*) FROM onceflow.run")).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"INSERT INTO onceflow.marker", "COPY", "UPDATE onceflow.sink", "COMMIT"})
  void aConnectionCutAtAnyStatementCostsNoRow(String statement) throws Exception {
    try (var proxy = TcpProxy.to(database.database().server())) {
      var environment = environmentThrough(proxy);
      var client = environment.executeAsync();
      awaitRows(1_000);
      var cut = proxy.whenStatement(statement, new ProxyAction.LoseRequest(TcpProxy.Cut.RST));
      cut.awaitFired(Duration.ofSeconds(60));
      client.getJobExecutionResult().get();
      assertEveryRowOnce();
    }
  }

  private org.apache.flink.streaming.api.environment.StreamExecutionEnvironment environmentThrough(
      TcpProxy proxy) {
    var environment = SinkJobs.environment(directory, 2, null);
    SinkJobs.numbers(environment, "numbers", 0, ROWS, 5_000)
        .sinkTo(SinkJobs.sink(environment, database, proxy.port(), builder -> builder))
        .uid("sink");
    return environment;
  }

  private void awaitRows(long rows) {
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> database.number("SELECT count(*) FROM numbers") >= rows);
  }

  private void assertEveryRowOnce() {
    assertThat(
            database.column(
                "SELECT concat_ws(' ', count(*), count(DISTINCT id), min(id), max(id)) FROM numbers"))
        .containsExactly("%d %d 0 %d".formatted(ROWS, ROWS, ROWS - 1));
  }
}
