package io.onceflow.common.sink.kafka;

import io.onceflow.common.commit.OnRewind;
import io.onceflow.common.commit.RetryPolicy;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.config.ConfigReader;
import io.onceflow.common.config.KafkaConfig;
import io.onceflow.common.kafka.KafkaClientProperties;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;

/**
 * One topic to write exactly once.
 *
 * @param kafka the cluster
 * @param topic the topic
 * @param sinkId unique per cluster, stable over restarts: by it a restarted job finds its history
 *     and ends what its predecessor left open
 * @param strategy when the records reach Kafka
 * @param staged what concerns strategy STAGED only
 * @param transactionTimeout how long the broker keeps a transaction open: STAGED writes an epoch in
 *     that time; an outage that takes longer loses what KAFKA_SINK has prepared
 * @param onLostTransaction KAFKA_SINK: what to do when the broker gave a prepared transaction up
 * @param properties client properties for throughput, from a short list
 */
public record KafkaSinkConfig(
    KafkaConfig kafka,
    String topic,
    SinkId sinkId,
    Strategy strategy,
    Staged staged,
    Duration transactionTimeout,
    OnLostTransaction onLostTransaction,
    Map<String, String> properties)
    implements Serializable {

  private static final long serialVersionUID = 1L;

  /** When records reach Kafka. */
  public enum Strategy {
    /** After the checkpoint, from durable segments, in one short transaction per epoch. */
    STAGED,
    /** As they come, in one transaction per subtask and epoch: Flink's own Kafka sink. */
    KAFKA_SINK
  }

  /** What to do when the broker aborted a transaction that a checkpoint had counted on. */
  public enum OnLostTransaction {
    /** Stop with a message; the records are in the checkpoint's past and nothing is dropped. */
    FAIL,
    /** Log it and go on without the records, as Flink's own sink does. */
    ACCEPT_LOSS
  }

  /**
   * Settings of strategy STAGED.
   *
   * @param markerTopic the compacted topic that holds the sinks' histories
   * @param rejectTopic takes records that Kafka never accepts; null when such a record fails the
   *     job
   * @param onRewind what to do when the topic is ahead of the job's start
   * @param retryPolicy how long a commit is repeated before the job fails over
   */
  public record Staged(
      String markerTopic, String rejectTopic, OnRewind onRewind, RetryPolicy retryPolicy)
      implements Serializable {

    private static final long serialVersionUID = 1L;

    /** The defaults. */
    public static final Staged DEFAULT =
        new Staged(DEFAULT_MARKER_TOPIC, null, OnRewind.FAIL, RetryPolicy.DEFAULT);
  }

  /** Where markers go unless somebody says otherwise. */
  public static final String DEFAULT_MARKER_TOPIC = "onceflow-markers";

  /** Kafka's default of {@code transaction.max.timeout.ms}. */
  public static final Duration BROKER_DEFAULT_MAX_TIMEOUT = Duration.ofMinutes(15);

  /** What may be tuned; acks, idempotence and transactions are guarantees. */
  public static final Set<String> TUNABLE =
      Set.of(
          "linger.ms",
          "batch.size",
          "buffer.memory",
          "compression.type",
          "max.request.size",
          "max.block.ms",
          "send.buffer.bytes",
          "request.timeout.ms",
          "delivery.timeout.ms",
          "metadata.max.age.ms");

  /** Checks that all parts are there. */
  public KafkaSinkConfig {
    Objects.requireNonNull(kafka, "kafka");
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(sinkId, "sinkId");
    Objects.requireNonNull(strategy, "strategy");
    Objects.requireNonNull(staged, "staged");
    Objects.requireNonNull(transactionTimeout, "transactionTimeout");
    Objects.requireNonNull(onLostTransaction, "onLostTransaction");
    properties = Map.copyOf(properties);
  }

  /** A staged sink with the defaults. */
  public static KafkaSinkConfig of(KafkaConfig kafka, String topic, String id) {
    return new KafkaSinkConfig(
        kafka,
        topic,
        new SinkId(id),
        Strategy.STAGED,
        Staged.DEFAULT,
        BROKER_DEFAULT_MAX_TIMEOUT,
        OnLostTransaction.FAIL,
        Map.of());
  }

  /** The same sink with another strategy. */
  public KafkaSinkConfig with(Strategy other) {
    return new KafkaSinkConfig(
        kafka, topic, sinkId, other, staged, transactionTimeout, onLostTransaction, properties);
  }

  /** The same sink with other settings of strategy STAGED. */
  public KafkaSinkConfig with(Staged other) {
    return new KafkaSinkConfig(
        kafka, topic, sinkId, strategy, other, transactionTimeout, onLostTransaction, properties);
  }

  /** The same sink with another timeout. */
  public KafkaSinkConfig with(Duration otherTimeout) {
    return new KafkaSinkConfig(
        kafka, topic, sinkId, strategy, staged, otherTimeout, onLostTransaction, properties);
  }

  /** The same sink with other client properties. */
  public KafkaSinkConfig with(Map<String, String> otherProperties) {
    return new KafkaSinkConfig(
        kafka,
        topic,
        sinkId,
        strategy,
        staged,
        transactionTimeout,
        onLostTransaction,
        otherProperties);
  }

  /** The same sink with another answer to a loss. */
  public KafkaSinkConfig with(OnLostTransaction other) {
    return new KafkaSinkConfig(
        kafka, topic, sinkId, strategy, staged, transactionTimeout, other, properties);
  }

  /** Reads the keys of one group, such as {@code dead-letters}. */
  public static KafkaSinkConfig read(ConfigReader reader, KafkaConfig kafka) {
    var topic = KafkaConfig.topic(reader, "topic", "Topic to write.").required();
    var id =
        reader
            .string(
                "id",
                "Name of this sink and its transactions; unique in the cluster, never changed.")
            .matching(SinkId::isValid, "lower-case letters, digits and -, at most 40")
            .required();
    var strategy =
        reader
            .oneOf(
                "strategy",
                Strategy.class,
                "Write after the checkpoint in one transaction, or as Flink's own sink does.")
            .orElse(Strategy.STAGED);
    return new KafkaSinkConfig(
        kafka,
        topic,
        SinkId.isValid(id) ? new SinkId(id) : new SinkId("invalid"),
        strategy,
        staged(reader),
        reader
            .duration(
                "transaction-timeout",
                "After which the broker gives up an open transaction; at most its"
                    + " transaction.max.timeout.ms.")
            .between(Duration.ofSeconds(1), Duration.ofDays(7))
            .orElse(BROKER_DEFAULT_MAX_TIMEOUT),
        reader
            .oneOf(
                "on-lost-transaction",
                OnLostTransaction.class,
                "Of kafka-sink: what to do when the broker gave up a transaction before it could be"
                    + " committed.")
            .orElse(OnLostTransaction.FAIL),
        reader.map("properties", TUNABLE, "Kafka producer property."));
  }

  private static Staged staged(ConfigReader reader) {
    return new Staged(
        KafkaConfig.topic(
                reader, "marker-topic", "Of staged: the compacted topic of commit markers.")
            .orElse(DEFAULT_MARKER_TOPIC),
        KafkaConfig.topic(
                reader,
                "reject-topic",
                "Of staged: takes records that Kafka never accepts; without it they fail the job.")
            .optional()
            .orElse(null),
        reader
            .oneOf(
                "on-rewind",
                OnRewind.class,
                "Of staged: what to do when the topic is ahead of the start.")
            .orElse(OnRewind.FAIL),
        new RetryPolicy(
            RetryPolicy.DEFAULT.firstBackoff(),
            RetryPolicy.DEFAULT.maxBackoff(),
            reader
                .duration(
                    "retry-for",
                    "Of staged: how long a commit is repeated before the job fails over.")
                .between(Duration.ZERO, Duration.ofMinutes(30))
                .orElse(RetryPolicy.DEFAULT.maxElapsed())));
  }

  KafkaStore.Shape shape(List<String> topics) {
    var producer = new Properties();
    producer.putAll(properties);
    return new KafkaStore.Shape(
        KafkaClientProperties.of(kafka),
        producer,
        topics,
        staged.rejectTopic(),
        staged.markerTopic(),
        (int) Math.min(Integer.MAX_VALUE, transactionTimeout.toMillis()));
  }
}
