package io.onceflow.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import io.onceflow.common.job.JobMain;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.RabbitMqServer;
import io.onceflow.testbed.servers.TestServers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** All three routes on real servers, through a stop and a start. */
@Timeout(180)
class RelayIT {

  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int EACH = 300;

  /** One in so many is refused for good. */
  private static final int REFUSED = 100;

  @TempDir Path directory;

  private final RabbitMqServer rabbitMq = TestServers.rabbitMq();
  private final String input = TestServers.newTopic("relay-in", 2);
  private final String output = TestServers.newTopic("relay-out", 2);
  private final String results = TestServers.newTopic("relay-results", 1);
  private final String replies = TestServers.newTopic("relay-replies", 1);
  private final String rejects = TestServers.newTopic("relay-rejects", 1);
  private final String dead = TestServers.newTopic("relay-dead", 1);
  private final String undecodable = TestServers.newTopic("relay-undecodable", 1);
  private final String markers =
      TestServers.newTopic("markers", 2, Map.of("cleanup.policy", "compact"));
  private final String queue = TestServers.newRabbitMqName("relay-queue");
  private final String stream = TestServers.newRabbitMqName("relay-stream");
  private final String rejected = TestServers.newRabbitMqName("relay-rejected");
  private HookServer hook;

  @BeforeEach
  void declare() throws Exception {
    hook = new HookServer();
    try (Connection connection = rabbitMq.connect();
        Channel channel = connection.createChannel()) {
      channel.queueDeclare(queue, true, false, false, Map.of("x-queue-type", "quorum"));
      for (var name : List.of(stream, rejected)) {
        channel.queueDeclare(name, true, false, false, Map.of("x-queue-type", "stream"));
      }
    }
  }

  @AfterEach
  void stop() {
    hook.close();
  }

  /** From the topic by the queue or the stream into another topic, and to the webhook. */
  private JobClient start(boolean byStream, String savepoint) throws Exception {
    var cluster = new Configuration();
    cluster.setString("execution.checkpointing.interval", "300ms");
    cluster.setString("execution.checkpointing.dir", directory.toUri().toString());
    if (savepoint != null) {
      cluster.setString("execution.state-recovery.path", savepoint);
    }
    var env = StreamExecutionEnvironment.createLocalEnvironment(2, cluster);
    JobMain.define(new RelayMain(), env, arguments(byStream));
    return env.executeAsync("relay");
  }

  private String[] arguments(boolean byStream) {
    var settings =
        new ArrayList<>(
            List.of(
                "kafka.bootstrap-servers=" + TestServers.kafka().bootstrapServers(),
                "rabbitmq.host=" + rabbitMq.host(),
                "rabbitmq.port=" + rabbitMq.port(),
                "rabbitmq.stream-port=" + rabbitMq.streamPort(),
                "rabbitmq.user=" + rabbitMq.user(),
                "rabbitmq.password-file=" + rabbitMq.passwordFile(),
                "rabbitmq.ssl-mode=disable",
                "to-rabbitmq.source.topic=" + input,
                "to-rabbitmq.source.group-id=" + input,
                "to-rabbitmq.id=" + input,
                "to-webhook.source.topic=" + input,
                "to-webhook.source.group-id=" + input + "-hook",
                "to-webhook.url=" + hook.url(),
                "to-rabbitmq.dead-letters=" + rejected));
    settings.add(byStream ? "to-rabbitmq.stream=" + stream : "to-rabbitmq.routing-key=" + queue);
    settings.add(byStream ? "to-kafka.streams=" + stream : "to-kafka.queues=" + queue);
    topic(settings, "to-kafka.output", output);
    settings.add("to-kafka.output.reject-topic=" + rejects);
    topic(settings, "to-webhook.results", results);
    topic(settings, "to-webhook.replies", replies);
    topic(settings, "to-webhook.dead-letters", dead);
    topic(settings, "to-webhook.undecodable", undecodable);
    return settings.stream().map("--set="::concat).toArray(String[]::new);
  }

  private void topic(List<String> settings, String group, String topic) {
    settings.add(group + ".topic=" + topic);
    settings.add(group + ".id=" + topic);
    settings.add(group + ".marker-topic=" + markers);
  }

  private void send(KafkaClient client, int from) {
    client.sendAll(
        IntStream.range(from, from + EACH)
            .mapToObj(
                i -> {
                  var kind = i % REFUSED == 50 ? "refused " : i % 30 == 0 ? "flaky " : "";
                  return new ProducerRecord<>(
                      input,
                      i % 2,
                      1_000L + i,
                      ("k" + i % 60).getBytes(UTF_8),
                      (kind + i).getBytes(UTF_8));
                })
            .toList());
  }

  private static String line(ConsumerRecord<byte[], byte[]> record) {
    return "%s %s %d"
        .formatted(
            new String(record.key(), UTF_8), new String(record.value(), UTF_8), record.timestamp());
  }

  private void awaitAll(KafkaClient client, int count) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(client.readCommitted(output)).hasSizeGreaterThanOrEqualTo(count);
              assertThat(client.readCommitted(results).size() + count / REFUSED)
                  .isGreaterThanOrEqualTo(count);
            });
  }

  private void runTwice(boolean byStream) throws Exception {
    try (var client = KafkaClient.to(TestServers.kafka())) {
      var job = start(byStream, null);
      send(client, 0);
      awaitAll(client, EACH);
      send(client, EACH);
      var savepoint = savepoint(job);
      job = start(byStream, savepoint);
      send(client, 2 * EACH);
      awaitAll(client, 3 * EACH);
      savepoint(job);
      check(client);
    }
  }

  private String savepoint(JobClient job) throws Exception {
    return job.stopWithSavepoint(false, directory.toUri().toString(), SavepointFormatType.CANONICAL)
        .get();
  }

  private void check(KafkaClient client) {
    assertThat(client.readCommitted(output).stream().map(RelayIT::line).sorted().toList())
        .isEqualTo(client.readCommitted(input).stream().map(RelayIT::line).sorted().toList());
    var refused = 3 * EACH / REFUSED;
    assertThat(client.readCommitted(results)).hasSize(3 * EACH - refused);
    assertThat(hook.effects()).hasSize(3 * EACH - refused);
    assertThat(client.readCommitted(dead)).isEmpty();
    assertThat(client.readCommitted(undecodable)).isEmpty();
  }

  @Test
  void everyRecordComesBackFromAQueueOnceAndReachesTheWebhook() throws Exception {
    runTwice(false);
  }

  @Test
  void everyRecordComesBackFromAStreamOnceAndReachesTheWebhook() throws Exception {
    runTwice(true);
  }
}
