package io.onceflow.testbed.run;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import io.onceflow.common.job.Job;
import io.onceflow.relay.RelayMain;
import io.onceflow.testbed.run.check.Mistakes;
import io.onceflow.testbed.run.check.NumbersCheck;
import io.onceflow.testbed.run.check.RelayCheck;
import io.onceflow.testbed.run.check.Report;
import io.onceflow.testbed.run.load.CommandSource;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.RabbitMqServer;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * The relay: numbers from a topic into a stream of RabbitMQ and from there into another topic; and
 * from the first topic to a webhook that fails now and then.
 */
final class RelayRun implements RunnableJob {

  private static final String STREAM = "relay-stream";
  private static final String REJECTED = "relay-stream-dead";
  private static final long USUAL_RATE = 1_000;

  private static final Set<String> CHECKED =
      Set.of(
          "relay.routes",
          "kafka.bootstrap-servers",
          "to-rabbitmq.source.topic",
          "to-rabbitmq.stream",
          "to-kafka.streams",
          "to-kafka.output.topic",
          "to-webhook.source.topic",
          "to-webhook.url",
          "to-webhook.results.topic");

  private static final String YAML =
      """
      kafka:
        bootstrap-servers: %s
      rabbitmq:
        host: %s
        port: %d
        stream-port: %d
        user: %s
        password-file: %s
        ssl-mode: disable
      to-rabbitmq:
        source: {topic: relay-in, group-id: relay-to-rabbitmq}
        id: relay-to-rabbitmq
        stream: relay-stream
        dead-letters: relay-stream-dead
      to-kafka:
        streams: [relay-stream]
        output: {topic: relay-out, id: relay-out, reject-topic: relay-rejected}
      to-webhook:
        source: {topic: relay-in, group-id: relay-to-webhook}
        url: %s
        results: {topic: relay-results, id: relay-results}
        replies: {topic: relay-replies, id: relay-replies}
        dead-letters: {topic: relay-dead-letters, id: relay-dead-letters}
        undecodable: {topic: relay-undecodable, id: relay-undecodable}
      """;

  private Webhook webhook;

  @Override
  public Job<?> job() {
    return new RelayMain();
  }

  @Override
  public String inputTopic() {
    return Topics.RELAYED;
  }

  @Override
  public Set<String> checkedKeys() {
    return CHECKED;
  }

  @Override
  public boolean usesPostgres() {
    return false;
  }

  @Override
  public boolean usesRabbitMq() {
    return true;
  }

  /** Each record is a request of HTTP too. */
  @Override
  public long usualRate() {
    return USUAL_RATE;
  }

  @Override
  public boolean takesFiles() {
    return false;
  }

  @Override
  public void prepare(RunServers servers, int partitions) throws IOException {
    webhook = servers.own(new Webhook());
    declareStreams(servers.rabbitMq());
    try (KafkaClient client = KafkaClient.to(servers.kafka())) {
      Topics.create(client, Topics.RELAYED, partitions, Map.of());
      Topics.create(client, Topics.RELAYED_BACK, partitions, Map.of());
      for (String topic :
          List.of(
              Topics.RELAY_REJECTED,
              Topics.WEBHOOK_RESULTS,
              Topics.WEBHOOK_REPLIES,
              Topics.WEBHOOK_DEAD_LETTERS,
              Topics.WEBHOOK_UNDECODABLE)) {
        Topics.create(client, topic, 1, Map.of());
      }
    }
  }

  private static void declareStreams(RabbitMqServer server) throws IOException {
    try (Connection connection = server.connect();
        Channel channel = connection.createChannel()) {
      for (String stream : List.of(STREAM, REJECTED)) {
        channel.queueDeclare(stream, true, false, false, Map.of("x-queue-type", "stream"));
      }
    } catch (TimeoutException e) {
      throw new IOException("RabbitMQ did not close a channel in time.", e);
    }
  }

  @Override
  public String yaml(RunServers servers) {
    RabbitMqServer rabbitMq = servers.rabbitMq();
    return YAML.formatted(
        servers.bootstrapServers(),
        rabbitMq.host(),
        rabbitMq.port(),
        rabbitMq.streamPort(),
        rabbitMq.user(),
        rabbitMq.passwordFile(),
        webhook.url());
  }

  @Override
  public CommandSource source(LoadOptions load, int partitions, int round) {
    return load.numbersOnly(partitions, round);
  }

  @Override
  public Progress progress(RunServers servers) {
    return new RelayProgress(servers, webhook);
  }

  @Override
  public Report check(
      RunServers servers, RunFiles files, Mistakes mistakes, Consumer<String> progress)
      throws Exception {
    progress.accept("reading the results of the webhook");
    RelayCheck check = new RelayCheck(servers.bootstrapServers(), mistakes);
    check.run(Topics.RELAYED, servers.partitions(), Topics.WEBHOOK_RESULTS);
    check.requireEmpty(Topics.WEBHOOK_DEAD_LETTERS);
    check.requireEmpty(Topics.RELAY_REJECTED);
    var place =
        new NumbersCheck.Place(
            servers.bootstrapServers(),
            Topics.RELAYED,
            servers.partitions(),
            Topics.RELAYED_BACK,
            Topics.WEBHOOK_UNDECODABLE,
            files.sent(),
            files.segments());
    return new NumbersCheck(place, 1, mistakes, progress).run();
  }
}
