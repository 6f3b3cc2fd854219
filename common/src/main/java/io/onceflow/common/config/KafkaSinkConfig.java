package io.onceflow.common.config;

import java.io.Serializable;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One topic to write exactly once.
 *
 * @param kafka the cluster
 * @param topic the topic
 * @param transactionalIdPrefix unique per sink and cluster, stable over restarts: by it a restarted
 *     job finds and ends the transactions its predecessor left open
 * @param transactionTimeout how long the broker keeps a transaction open; an outage or a restore
 *     that takes longer loses what was prepared, so it is the broker's maximum by default
 * @param onLostTransaction what to do when the broker gave a prepared transaction up
 * @param properties client properties for throughput, from a short list
 */
public record KafkaSinkConfig(
    KafkaConfig kafka,
    String topic,
    String transactionalIdPrefix,
    Duration transactionTimeout,
    OnLostTransaction onLostTransaction,
    Map<String, String> properties)
    implements Serializable {

  private static final long serialVersionUID = 1L;

  /** What to do when the broker aborted a transaction that a checkpoint had counted on. */
  public enum OnLostTransaction {
    /** Stop with a message; the records are in the checkpoint's past and nothing is dropped. */
    FAIL,
    /** Log it and go on without the records, as Flink's own sink does. */
    ACCEPT_LOSS
  }

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

  private static final Pattern TOPIC = Pattern.compile("(?!\\.{1,2}$)[A-Za-z0-9._-]{1,249}");

  /** Checks that all parts are there. */
  public KafkaSinkConfig {
    Objects.requireNonNull(kafka, "kafka");
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(transactionalIdPrefix, "transactionalIdPrefix");
    Objects.requireNonNull(transactionTimeout, "transactionTimeout");
    Objects.requireNonNull(onLostTransaction, "onLostTransaction");
    properties = Map.copyOf(properties);
  }

  /** A sink with the default timeout and no tuning. */
  public static KafkaSinkConfig of(KafkaConfig kafka, String topic, String transactionalIdPrefix) {
    return new KafkaSinkConfig(
        kafka,
        topic,
        transactionalIdPrefix,
        BROKER_DEFAULT_MAX_TIMEOUT,
        OnLostTransaction.FAIL,
        Map.of());
  }

  /** Reads the keys of one group, such as {@code dead-letters}. */
  public static KafkaSinkConfig read(ConfigReader reader, KafkaConfig kafka) {
    return new KafkaSinkConfig(
        kafka,
        topic(reader, "Topic to write."),
        reader
            .string(
                "transactional-id-prefix",
                "Name of this sink's transactions; unique in the cluster, never changed.")
            .matching(prefix -> prefix.matches("[a-z0-9][a-z0-9-]{0,99}"), "a-z, 0-9 and - only")
            .required(),
        reader
            .duration(
                "transaction-timeout",
                "How long the broker keeps a transaction open; at most the broker's"
                    + " transaction.max.timeout.ms. A longer outage loses records.")
            .between(Duration.ofMinutes(1), Duration.ofDays(7))
            .orElse(BROKER_DEFAULT_MAX_TIMEOUT),
        reader
            .oneOf(
                "on-lost-transaction",
                OnLostTransaction.class,
                "What to do when the broker gave up a transaction before it could be committed.")
            .orElse(OnLostTransaction.FAIL),
        reader.map("properties", TUNABLE, "Kafka producer property."));
  }

  static String topic(ConfigReader reader, String description) {
    return reader
        .string("topic", description)
        .matching(name -> TOPIC.matcher(name).matches(), "letters, digits and . _ - only")
        .required();
  }
}
