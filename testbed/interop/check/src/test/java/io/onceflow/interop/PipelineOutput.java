package io.onceflow.interop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.onceflow.common.job.JobMain;
import io.onceflow.pipeline.PipelineMain;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.TestServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Topics, the pipeline job between them, and what a reader must find in the output. Not
 * thread-safe.
 */
final class PipelineOutput {
  static final int PARTITIONS = 2;

  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int NUMBERS = 2_000;
  private static final int INPUT_PARTITIONS = 3;
  private static final int KEYS = 7;

  private final Path directory;
  private final String strategy;
  private final KafkaClient client;
  private final String input = TestServers.newTopic("numbers", INPUT_PARTITIONS);
  private final String output = TestServers.newTopic("doubled", PARTITIONS);
  private final String deadLetters = TestServers.newTopic("dead-letters", 1);
  private final String markers =
      TestServers.newTopic("markers", 1, Map.of("cleanup.policy", "compact"));
  private final List<String> expected = new ArrayList<>();

  PipelineOutput(Path directory, String strategy, KafkaClient client) {
    this.directory = directory;
    this.strategy = strategy;
    this.client = client;
  }

  String topic() {
    return output;
  }

  /** The lines {@code key value} of all that was sent so far. */
  List<String> expected() {
    return List.copyOf(expected);
  }

  /** The lines of a reader that takes no notice of transactions. */
  List<String> uncommitted() {
    return client.readAll(output).stream().map(PipelineOutput::line).toList();
  }

  /** Whether an end between checkpoints leaves aborted records in the topic. */
  boolean writesBeforeTheCheckpoint() {
    return strategy.equals("kafka-sink");
  }

  /** Starts the job, from a checkpoint or savepoint, or anew if it is null. */
  JobClient start(Duration checkpoints, String from) throws Exception {
    var cluster = new Configuration();
    cluster.setString("execution.checkpointing.interval", checkpoints.toMillis() + "ms");
    cluster.setString("execution.checkpointing.dir", directory.toUri().toString());
    cluster.setString(
        "execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION");
    if (from != null) {
      cluster.setString("execution.state-recovery.path", from);
    }
    var env = StreamExecutionEnvironment.createLocalEnvironment(PARTITIONS, cluster);
    JobMain.define(
        new PipelineMain(),
        env,
        "--set=kafka.bootstrap-servers=" + TestServers.kafka().bootstrapServers(),
        "--set=source.topic=" + input,
        "--set=source.group-id=" + input,
        "--set=output.topic=" + output,
        "--set=output.id=" + output,
        "--set=output.strategy=" + strategy,
        "--set=output.marker-topic=" + markers,
        "--set=dead-letters.topic=" + deadLetters,
        "--set=dead-letters.id=" + deadLetters,
        "--set=dead-letters.marker-topic=" + markers);
    return env.executeAsync("pipeline");
  }

  /** Sends the next numbers, no number twice. */
  void send() {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    int from = expected.size();
    for (int i = from; i < from + NUMBERS; i++) {
      String key = "k" + i % KEYS;
      long number = i - NUMBERS / 2;
      records.add(
          new ProducerRecord<>(
              input,
              i % INPUT_PARTITIONS,
              key.getBytes(UTF_8),
              Long.toString(number).getBytes(UTF_8)));
      expected.add(key + " " + 2 * number);
    }
    client.sendAll(records);
  }

  void awaitCommitted() {
    await().atMost(PATIENCE).until(() -> client.readCommitted(output).size() >= expected.size());
  }

  /** Waits until the job has read on, which shows in the topic only with Flink's own sink. */
  void awaitProgress(JobClient job) {
    await().atMost(PATIENCE).until(() -> job.getJobStatus().get() == JobStatus.RUNNING);
    if (writesBeforeTheCheckpoint()) {
      int committed = client.readCommitted(output).size();
      await().atMost(PATIENCE).until(() -> client.readAll(output).size() > committed);
    }
  }

  /** Ends the job as it is, between two checkpoints. */
  void cancel(JobClient job) throws Exception {
    job.cancel().get();
    job.getJobExecutionResult().handle((result, cancelled) -> job).get();
  }

  /** Ends the job with all that it has read committed. */
  void stop(JobClient job) throws Exception {
    job.stopWithSavepoint(false, directory.toUri().toString(), SavepointFormatType.CANONICAL).get();
  }

  /** The newest complete checkpoint of the jobs so far. */
  String checkpoint() throws IOException {
    try (var files = Files.walk(directory)) {
      return files
          .filter(file -> file.endsWith("_metadata"))
          .max(Comparator.comparing(file -> file.toFile().lastModified()))
          .orElseThrow(() -> new IllegalStateException("No checkpoint is in " + directory + "."))
          .getParent()
          .toUri()
          .toString();
    }
  }

  private static String line(ConsumerRecord<byte[], byte[]> read) {
    return new String(read.key(), UTF_8) + " " + new String(read.value(), UTF_8);
  }
}
