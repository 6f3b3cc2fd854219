package io.onceflow.testbed.run.upgrade;

import static org.awaitility.Awaitility.await;

import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.TestServers;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.test.junit5.InjectMiniCluster;
import org.junit.jupiter.api.Test;

/**
 * Takes a savepoint of this version, once: {@code -Dit.test=NewFixture -Donceflow.fixture=VERSION}
 * (docs/operate.md, 'Before a release'). Its name keeps it out of every other run.
 */
class NewFixture extends LedgerCluster {

  private static final String VERSION = "onceflow.fixture";
  private static final Duration NEVER = Duration.ofHours(1);

  @Test
  void aSavepointOfThisVersionIsKept(@InjectMiniCluster MiniCluster cluster) throws Exception {
    var fixture = Fixture.of(Objects.requireNonNull(System.getProperty(VERSION), VERSION));
    fixture.requireNew();
    var input = FixtureInput.generate();
    // Names of directories get into the state: neither this machine's nor this user's may.
    var configuration = configuration(URI.create("file:/tmp/onceflow-fixture"), NEVER);
    configuration.set(CoreOptions.DEFAULT_PARALLELISM, 2);
    try (var kafka = KafkaClient.to(TestServers.kafka())) {
      kafka.createTopic(fixture.topic("commands"), FixtureInput.PARTITIONS);
      var stores = LedgerStores.create(fixture, kafka);
      input.send(kafka, stores.commands(), 0, input.committed());
      var job = stores.start(configuration);
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofSeconds(1))
          .ignoreExceptions()
          .until(
              () -> {
                cluster.triggerCheckpoint(job.getJobID()).get();
                return stores.results() == input.results(input.committed());
              });
      input.send(kafka, stores.commands(), input.committed(), input.saved());
      // A savepoint that does not stop the job commits nothing: the epochs wait in its state.
      var waiting = input.results(input.saved()) - input.results(input.committed());
      var savepoint = new AtomicReference<Path>();
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofSeconds(1))
          .until(
              () -> {
                savepoint.set(savepoint(job));
                return SavepointEpochs.waitingRows(savepoint.get()).get("ledger-results")
                    == waiting;
              });
      job.cancel().get();
      fixture.write(
          savepoint.get(),
          input,
          TableDump.write(stores.database()),
          TopicDump.write(kafka, stores.outputs()));
      kafka.deleteTopic(stores.commands());
    }
  }

  private Path savepoint(JobClient job) throws Exception {
    return path(
        job.triggerSavepoint(directory.toUri().toString(), SavepointFormatType.CANONICAL).get());
  }
}
