package io.onceflow.testbed.run.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.onceflow.common.upgrade.Golden;
import io.onceflow.common.upgrade.StateText;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.TestServers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every committed savepoint goes on in this version of the real ledger job, with either state
 * backend, at another parallelism; nothing is lost and nothing is there twice.
 */
@Timeout(180)
class SavepointIT extends LedgerCluster {

  static Stream<Arguments> fixturesAndBackends() throws IOException {
    return Fixture.all().stream()
        .flatMap(
            fixture -> Stream.of("hashmap", "rocksdb").map(name -> Arguments.of(fixture, name)));
  }

  @ParameterizedTest
  @MethodSource("fixturesAndBackends")
  void theSavepointGoesOnInThisVersion(Fixture fixture, String backend) throws Exception {
    var input = fixture.input();
    var savepoint = fixture.savepoint(directory.resolve("fixture"));
    try (var kafka = KafkaClient.to(TestServers.kafka())) {
      sendOnce(kafka, fixture, input);
      var stores = LedgerStores.of(fixture, kafka);
      assertThat(stores.results()).isEqualTo(input.results(input.committed()));

      var configuration = configuration(directory.resolve("chk").toUri(), Duration.ofMillis(200));
      configuration.set(StateBackendOptions.STATE_BACKEND, backend);
      configuration.set(CoreOptions.DEFAULT_PARALLELISM, backend.equals("rocksdb") ? 3 : 1);
      configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint.toUri().toString());
      var next = goOn(stores, configuration, input.results(input.commands().size()));

      input.log(directory.resolve("sent"));
      var report =
          stores.check(directory.resolve("sent"), directory.resolve("chk/onceflow-segments"));
      assertThat(report.ok()).as(String.join("\n", report.mistakes().lines())).isTrue();
      assertThat(report.deadLetters()).isPositive();
      assertThat(Golden.states("ledger").check(StateText.of(SavepointEpochs.metadata(next))))
          .isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void everyFixtureHoldsRowsOfAllSinksThatWaitForTheirCommit(Fixture fixture) throws Exception {
    var input = fixture.input();
    var rows = SavepointEpochs.waitingRows(fixture.savepoint(directory.resolve("fixture")));
    assertThat(rows).containsOnlyKeys("ledger", "ledger-results", "ledger-dead-letters");
    assertThat(rows.values()).allMatch(count -> count > 0);
    assertThat(rows.get("ledger-results"))
        .isEqualTo(input.results(input.saved()) - input.results(input.committed()));
  }

  static List<Fixture> fixtures() throws IOException {
    return Fixture.all();
  }

  @Test
  void aVersionThatIsThereIsNeverWrittenAgain() throws IOException {
    var fixture = Fixture.all().get(0);
    assertThatThrownBy(fixture::requireNew)
        .hasMessageContaining(fixture.version())
        .hasMessageContaining("is never written again: name a new version");
  }

  /** Runs until everything is committed; a job that does not get there must not stay. */
  private Path goOn(LedgerStores stores, Configuration configuration, long results)
      throws Exception {
    var job = stores.start(configuration);
    try {
      awaitResults(stores, results, job);
      return path(
          job.stopWithSavepoint(false, directory.toUri().toString(), SavepointFormatType.CANONICAL)
              .get());
    } catch (Exception e) {
      job.cancel();
      throw e;
    }
  }

  private static void sendOnce(KafkaClient kafka, Fixture fixture, FixtureInput input) {
    if (!kafka.topics().contains(fixture.topic("commands"))) {
      kafka.createTopic(fixture.topic("commands"), FixtureInput.PARTITIONS);
      input.send(kafka, fixture.topic("commands"), 0, input.commands().size());
    }
  }

  private static void awaitResults(LedgerStores stores, long count, JobClient job)
      throws Exception {
    await()
        .atMost(PATIENCE)
        .until(() -> stores.results() >= count || job.getJobStatus().get().isTerminalState());
    if (job.getJobStatus().get().isTerminalState()) {
      job.getJobExecutionResult().get(); // Throws why.
    }
  }
}
