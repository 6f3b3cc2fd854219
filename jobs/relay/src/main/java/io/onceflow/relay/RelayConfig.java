package io.onceflow.relay;

import io.onceflow.common.commit.SinkId;
import io.onceflow.common.config.ConfigReader;
import io.onceflow.common.config.KafkaConfig;
import io.onceflow.common.config.KafkaSourceConfig;
import io.onceflow.common.config.RabbitMqConfig;
import io.onceflow.common.config.Secret;
import io.onceflow.common.retry.AttemptLimits;
import io.onceflow.common.sink.kafka.KafkaSinkConfig;
import io.onceflow.common.source.rabbitmq.MissingId;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The relay job's configuration; {@code flink-conf/jobs/relay.yaml} is an example.
 *
 * @param toKafka from RabbitMQ to a topic
 * @param toRabbitMq from a topic to RabbitMQ
 * @param toWebhook from a topic to a URL
 */
public record RelayConfig(
    Optional<ToKafka> toKafka, Optional<ToRabbitMq> toRabbitMq, Optional<ToWebhook> toWebhook) {

  private static final String TO_KAFKA = "to-kafka";
  private static final String TO_RABBITMQ = "to-rabbitmq";
  private static final String TO_WEBHOOK = "to-webhook";
  private static final List<String> ROUTES = List.of(TO_KAFKA, TO_RABBITMQ, TO_WEBHOOK);

  /**
   * From RabbitMQ to a topic.
   *
   * @param server where from
   * @param queues to read, or none
   * @param streams to read, or none
   * @param missingId what becomes of messages of queues without an id
   * @param output where to
   */
  public record ToKafka(
      RabbitMqConfig server,
      List<String> queues,
      List<String> streams,
      MissingId missingId,
      KafkaSinkConfig output) {

    static ToKafka read(ConfigReader reader, RabbitMqConfig server, KafkaConfig kafka) {
      var queues = reader.list("queues", "Queues to read, each by one reader.").orElse(List.of());
      var streams =
          reader.list("streams", "Streams to read, each by one reader.").orElse(List.of());
      if (queues.isEmpty() && streams.isEmpty()) {
        reader.reject("queues", "needs a name, or streams does");
      }
      var output = KafkaSinkConfig.read(reader.group("output"), kafka);
      if (output.strategy() == KafkaSinkConfig.Strategy.STAGED
          && output.staged().rejectTopic() == null) {
        reader
            .group("output")
            .reject(
                "reject-topic",
                "is needed: without it one message that Kafka never accepts would stop the job for ever");
      }
      return new ToKafka(
          server,
          queues,
          streams,
          reader
              .oneOf(
                  "missing-id",
                  MissingId.class,
                  "What becomes of a queue's message without message-id, by which a redelivery is known.")
              .orElse(MissingId.FAIL),
          output);
    }
  }

  /**
   * From a topic to RabbitMQ.
   *
   * @param source where from
   * @param server where to
   * @param sinkId of the sink; its record is the stream {@code onceflow.sink.} and this
   * @param stream exactly once; or null
   * @param exchange effectively once; used when there is no stream
   * @param routingKey for the exchange
   * @param deadLetters the stream or queue for what cannot be published
   */
  public record ToRabbitMq(
      KafkaSourceConfig source,
      RabbitMqConfig server,
      SinkId sinkId,
      String stream,
      String exchange,
      String routingKey,
      String deadLetters) {

    static ToRabbitMq read(ConfigReader reader, RabbitMqConfig server, KafkaConfig kafka) {
      var id =
          reader
              .string("id", "Name of this sink; unique in the virtual host, never changed.")
              .matching(SinkId::isValid, "lower-case letters, digits and -, at most 40")
              .required();
      var stream =
          reader.string("stream", "Stream to write, exactly once.").optional().orElse(null);
      var routingKey =
          reader
              .string("routing-key", "For queues, effectively once: the key, or the queue's name.")
              .optional()
              .orElse(null);
      if ((stream == null) == (routingKey == null)) {
        reader.reject("stream", "needs a name, or routing-key does, and not both");
      }
      return new ToRabbitMq(
          KafkaSourceConfig.read(reader.group("source"), kafka),
          server,
          SinkId.isValid(id) ? new SinkId(id) : new SinkId("invalid"),
          stream,
          reader
              .string("exchange", "With routing-key: the exchange; empty for the default one.")
              .orElse(""),
          routingKey,
          reader
              .string("dead-letters", "Stream or queue for what cannot be published.")
              .required());
    }

    /** The stream, or the routing key. */
    String destination() {
      return stream == null ? routingKey : stream;
    }
  }

  /**
   * From a topic to a URL, by selective retry.
   *
   * @param source where from
   * @param url where to
   * @param token a bearer token, or null
   * @param timeout for one answer
   * @param maxAttempts after which a message is given up
   * @param deadline after which a message is given up
   * @param concurrency attempts that a subtask has under way at most
   * @param replyTopics that messages with an envelope may ask for
   * @param results the topic of results
   * @param replies the sink of replies; its topic is the default one
   * @param deadLetters the topic of what was given up
   * @param undecodable the topic of what is no message
   */
  public record ToWebhook(
      KafkaSourceConfig source,
      String url,
      Secret token,
      Duration timeout,
      int maxAttempts,
      Duration deadline,
      int concurrency,
      Set<String> replyTopics,
      KafkaSinkConfig results,
      KafkaSinkConfig replies,
      KafkaSinkConfig deadLetters,
      KafkaSinkConfig undecodable) {

    static ToWebhook read(ConfigReader reader, KafkaConfig kafka) {
      var url = url(reader);
      var replies = KafkaSinkConfig.read(reader.group("replies"), kafka);
      var replyTopics =
          new HashSet<>(
              reader
                  .list(
                      "reply-topics",
                      "Further topics that messages of an outbox may ask for replies on.")
                  .orElse(List.of()));
      replyTopics.add(replies.topic());
      return new ToWebhook(
          KafkaSourceConfig.read(reader.group("source"), kafka),
          url,
          reader.optionalSecret("token", "Sent as Authorization: Bearer.").orElse(null),
          reader
              .duration("timeout", "Longest wait for one answer.")
              .between(Duration.ofMillis(100), Duration.ofMinutes(10))
              .orElse(Duration.ofSeconds(10)),
          reader
              .integer("max-attempts", "Attempts after which a message goes to the dead letters.")
              .between(1, AttemptLimits.MOST_ATTEMPTS)
              .orElse(20),
          reader
              .duration("deadline", "Time after which a message goes to the dead letters.")
              .between(Duration.ofSeconds(1), Duration.ofDays(30))
              .orElse(Duration.ofHours(24)),
          reader
              .integer("concurrency", "Attempts that one subtask has under way at most.")
              .between(1, 10_000)
              .orElse(100),
          replyTopics,
          KafkaSinkConfig.read(reader.group("results"), kafka),
          replies,
          KafkaSinkConfig.read(reader.group("dead-letters"), kafka),
          KafkaSinkConfig.read(reader.group("undecodable"), kafka));
    }

    private static String url(ConfigReader reader) {
      var url = reader.string("url", "Where messages are posted.").required();
      var allowInsecure =
          reader
              .bool("allow-insecure", "Allows http: to a host that is not this machine.")
              .orElse(false);
      try {
        var uri = new URI(url == null ? "" : url);
        var isHttp = "http".equals(uri.getScheme());
        if (uri.getHost() == null || !isHttp && !"https".equals(uri.getScheme())) {
          reader.reject("url", "needs https:, a host and a path");
        } else if (uri.getUserInfo() != null) {
          reader.reject("url", "must hold no password; set token");
        } else if (isHttp && !allowInsecure && !isLoopback(uri.getHost())) {
          reader.reject(
              "url",
              "must begin with https: because the host is not this machine; with a network you trust set allow-insecure: true");
        }
      } catch (URISyntaxException e) {
        reader.reject("url", "needs https:, a host and a path");
      }
      return url;
    }

    private static boolean isLoopback(String host) {
      return host.equals("localhost")
          || host.equals("[::1]")
          || host.matches("127(\\.[0-9]{1,3}){3}");
    }
  }

  /** Reads all keys of the routes that run. */
  public static RelayConfig read(ConfigReader reader) {
    var routes =
        reader
            .group("relay")
            .list("routes", "Routes to run, of to-kafka, to-rabbitmq and to-webhook.")
            .matching(
                names -> !names.isEmpty() && ROUTES.containsAll(names),
                "to-kafka, to-rabbitmq, to-webhook")
            .orElse(ROUTES);
    var kafka = KafkaConfig.read(reader.group("kafka"));
    var usesRabbitMq = routes.contains(TO_KAFKA) || routes.contains(TO_RABBITMQ);
    var server = usesRabbitMq ? RabbitMqConfig.read(reader.group("rabbitmq")) : null;
    return new RelayConfig(
        routes.contains(TO_KAFKA)
            ? Optional.of(ToKafka.read(reader.group(TO_KAFKA), server, kafka))
            : Optional.empty(),
        routes.contains(TO_RABBITMQ)
            ? Optional.of(ToRabbitMq.read(reader.group(TO_RABBITMQ), server, kafka))
            : Optional.empty(),
        routes.contains(TO_WEBHOOK)
            ? Optional.of(ToWebhook.read(reader.group(TO_WEBHOOK), kafka))
            : Optional.empty());
  }
}
