package io.onceflow.common.sink.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.onceflow.common.config.KafkaConfig;
import io.onceflow.common.config.KafkaSourceConfig;
import io.onceflow.common.sink.kafka.KafkaSinkConfig.OnLostTransaction;
import io.onceflow.common.sink.kafka.KafkaSinkConfig.Strategy;
import io.onceflow.common.source.KafkaRecords;
import io.onceflow.common.source.Watermarks;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.TestServers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A savepoint holds a prepared transaction which the broker gives up before it is restored. */
class LostTransactionIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int RECORDS = 50;

  @TempDir Path directory;

  private final String input = TestServers.newTopic("input", 1);
  private final String output = TestServers.newTopic("output", 1);

  private JobClient start(OnLostTransaction onLost, Map<String, String> more) throws Exception {
    Configuration cluster = new Configuration();
    cluster.setString("execution.checkpointing.dir", directory.toUri().toString());
    cluster.setString("restart-strategy.type", "none");
    more.forEach(cluster::setString);
    KafkaConfig kafka = KafkaConfig.plaintext(TestServers.kafka().bootstrapServers());
    KafkaSinkConfig sink =
        KafkaSinkConfig.of(kafka, output, output).with(Strategy.KAFKA_SINK).with(onLost);
    String topic = output;
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, cluster);
    env.fromSource(
            KafkaRecords.source(KafkaSourceConfig.of(kafka, input, input)),
            new Watermarks(Duration.ZERO, Duration.ofSeconds(1)).strategy(),
            "source-records")
        .uid("source-records")
        .sinkTo(
            KafkaSinks.exactlyOnce(
                sink, cluster, record -> new ProducerRecord<>(topic, record.value())))
        .uid("sink-output");
    return env.executeAsync();
  }

  private void send(KafkaClient client, String text) {
    for (int i = 0; i < RECORDS; i++) {
      client.send(input, null, text);
    }
    client.flush();
  }

  /** A savepoint commits nothing, so its transaction is still open when the broker ends it. */
  private String savepointWithALostTransaction(KafkaClient client) throws Exception {
    JobClient job = start(OnLostTransaction.FAIL, Map.of("execution.checkpointing.interval", "1h"));
    send(client, "lost");
    await().atMost(PATIENCE).until(() -> client.readAll(output).size() == RECORDS);
    String savepoint =
        job.triggerSavepoint(directory.toUri().toString(), SavepointFormatType.CANONICAL).get();
    CompletableFuture<?> end = job.getJobExecutionResult();
    job.cancel().get();
    await().atMost(PATIENCE).until(end::isDone);
    List<String> open =
        client.admin().listTransactions().all().get().stream()
            .map(TransactionListing::transactionalId)
            .filter(id -> id.startsWith(output))
            .toList();
    assertThat(open).isNotEmpty();
    client.admin().fenceProducers(open).all().get();
    return savepoint;
  }

  private JobClient restore(OnLostTransaction onLost, String savepoint) throws Exception {
    return start(
        onLost,
        Map.of(
            "execution.checkpointing.interval",
            "200ms",
            "execution.state-recovery.path",
            savepoint));
  }

  @Test
  void aLostTransactionStopsTheJobInsteadOfDroppingItsRecords() throws Exception {
    try (KafkaClient client = KafkaClient.to(TestServers.kafka())) {
      String savepoint = savepointWithALostTransaction(client);
      JobClient job = restore(OnLostTransaction.FAIL, savepoint);
      assertThatThrownBy(() -> job.getJobExecutionResult().get())
          .hasStackTraceContaining("Kafka gave up the transaction " + output);
      assertThat(client.readCommitted(output)).isEmpty();
    }
  }

  /** Restores the checkpoint whose transaction the job had committed before it was cancelled. */
  @Test
  void aTransactionThatIsCommittedAlreadyIsNotTakenForLost() throws Exception {
    try (KafkaClient client = KafkaClient.to(TestServers.kafka())) {
      JobClient job =
          start(
              OnLostTransaction.FAIL,
              Map.of(
                  "execution.checkpointing.interval",
                  "1h",
                  "execution.checkpointing.externalized-checkpoint-retention",
                  "RETAIN_ON_CANCELLATION"));
      send(client, "kept");
      await().atMost(PATIENCE).until(() -> client.readAll(output).size() == RECORDS);
      String savepoint =
          job.triggerSavepoint(directory.toUri().toString(), SavepointFormatType.CANONICAL).get();
      job.stopWithSavepoint(false, directory.toUri().toString(), SavepointFormatType.CANONICAL)
          .get();
      await().atMost(PATIENCE).until(() -> client.readCommitted(output).size() == RECORDS);

      JobClient again = restore(OnLostTransaction.FAIL, savepoint);
      send(client, "more");
      await().atMost(PATIENCE).until(() -> client.readCommitted(output).size() == 2 * RECORDS);
      again.cancel().get();
    }
  }

  @Test
  void whoAcceptsTheLossGoesOnWithoutTheRecords() throws Exception {
    try (KafkaClient client = KafkaClient.to(TestServers.kafka())) {
      String savepoint = savepointWithALostTransaction(client);
      JobClient job = restore(OnLostTransaction.ACCEPT_LOSS, savepoint);
      send(client, "kept");
      await().atMost(PATIENCE).until(() -> client.readCommitted(output).size() == RECORDS);
      job.cancel().get();
      assertThat(client.readCommitted(output))
          .allSatisfy(
              record ->
                  assertThat(new String(record.value(), StandardCharsets.UTF_8)).isEqualTo("kept"));
    }
  }
}
