package io.onceflow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.onceflow.common.job.JobMain;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.TestServers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole job on a real broker, as a DataStream and in SQL. */
class PipelineIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int NUMBERS = 1_000;
  private static final int EVERY = 10;

  @TempDir Path directory;

  private final String input = TestServers.newTopic("numbers", 3);
  private final String output = TestServers.newTopic("doubled", 2);
  private final String deadLetters = TestServers.newTopic("dead-letters", 1);
  private final String markers =
      TestServers.newTopic("markers", 2, Map.of("cleanup.policy", "compact"));
  private final List<String> expected = new ArrayList<>();
  private final List<String> malformed = new ArrayList<>();

  private JobClient start(boolean sql, int parallelism, String savepoint) throws Exception {
    var cluster = new Configuration();
    cluster.setString("execution.checkpointing.interval", "200ms");
    cluster.setString("execution.checkpointing.dir", directory.toUri().toString());
    if (savepoint != null) {
      cluster.setString("execution.state-recovery.path", savepoint);
    }
    var env = StreamExecutionEnvironment.createLocalEnvironment(parallelism, cluster);
    var arguments =
        new ArrayList<>(
            List.of(
                "--set=kafka.bootstrap-servers=" + TestServers.kafka().bootstrapServers(),
                "--set=source.topic=" + input,
                "--set=source.group-id=" + input,
                "--set=output.topic=" + output,
                "--set=output.id=" + output,
                "--set=output.marker-topic=" + markers,
                "--set=dead-letters.topic=" + deadLetters,
                "--set=dead-letters.id=" + deadLetters,
                "--set=dead-letters.marker-topic=" + markers));
    if (sql) {
      arguments.add("--set=pipeline.sql=../../flink-conf/sql/pipeline.sql");
    }
    JobMain.define(new PipelineMain(), env, arguments.toArray(String[]::new));
    return env.executeAsync("pipeline");
  }

  private void send(KafkaClient client, int from) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = from; i < from + NUMBERS; i++) {
      String value = Integer.toString(i - NUMBERS / 2);
      if (i % EVERY == 0) {
        value = "number " + i;
        malformed.add(value);
      } else {
        expected.add("k%d %d %d".formatted(i % 7, 2L * (i - NUMBERS / 2), 1_000L + i));
      }
      records.add(new ProducerRecord<>(input, i % 3, 1_000L + i, bytes("k" + i % 7), bytes(value)));
    }
    client.sendAll(records);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private void awaitAll(KafkaClient client) {
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                client.readCommitted(output).size() >= expected.size()
                    && client.readCommitted(deadLetters).size() >= malformed.size());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyNumberIsDoubledOnceOverAStopAndAnotherParallelism(boolean sql) throws Exception {
    try (var client = KafkaClient.to(TestServers.kafka())) {
      var job = start(sql, 2, null);
      send(client, 0);
      awaitAll(client);
      send(client, NUMBERS);
      var savepoint =
          job.stopWithSavepoint(false, directory.toUri().toString(), SavepointFormatType.CANONICAL)
              .get();

      job = start(sql, 1, savepoint);
      send(client, 2 * NUMBERS);
      awaitAll(client);
      job.stopWithSavepoint(false, directory.toUri().toString(), SavepointFormatType.CANONICAL)
          .get();

      assertThat(client.readCommitted(output))
          .extracting(
              record ->
                  "%s %s %d"
                      .formatted(text(record.key()), text(record.value()), record.timestamp()))
          .containsExactlyInAnyOrderElementsOf(expected);
      assertThat(client.readCommitted(deadLetters))
          .extracting(record -> text(record.value()))
          .containsExactlyInAnyOrderElementsOf(malformed);
    }
  }
}
