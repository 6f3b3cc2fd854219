package io.onceflow.common.config;

import java.io.Serializable;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * One topic to read.
 *
 * @param kafka the cluster
 * @param topic the topic
 * @param groupId where offsets are shown to monitoring; restarts use the checkpoint's offsets
 * @param startingOffsets where a job without a checkpoint starts
 * @param stopAtLatest whether to end at the offsets that were the last ones at the start
 * @param properties client properties for throughput, from a short list
 */
public record KafkaSourceConfig(
    KafkaConfig kafka,
    String topic,
    String groupId,
    StartingOffsets startingOffsets,
    boolean stopAtLatest,
    Map<String, String> properties)
    implements Serializable {

  private static final long serialVersionUID = 1L;

  /**
   * What may be tuned. Everything else is either a guarantee (isolation, offsets) or a way to run
   * code or reach files and addresses (login modules, {@code *.url}).
   */
  public static final Set<String> TUNABLE =
      Set.of(
          "fetch.min.bytes",
          "fetch.max.bytes",
          "fetch.max.wait.ms",
          "max.partition.fetch.bytes",
          "max.poll.records",
          "receive.buffer.bytes",
          "request.timeout.ms",
          "default.api.timeout.ms",
          "client.rack",
          "metadata.max.age.ms",
          "partition.discovery.interval.ms");

  /** Where to start without a checkpoint. */
  public enum StartingOffsets {
    /** At the group's committed offsets; at the earliest record of a partition without them. */
    COMMITTED_OR_EARLIEST,
    /** At the earliest record. */
    EARLIEST,
    /** After the last record. */
    LATEST
  }

  /** Checks that all parts are there. */
  public KafkaSourceConfig {
    Objects.requireNonNull(kafka, "kafka");
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(groupId, "groupId");
    Objects.requireNonNull(startingOffsets, "startingOffsets");
    properties = Map.copyOf(properties);
  }

  /** An unbounded source with the defaults. */
  public static KafkaSourceConfig of(KafkaConfig kafka, String topic, String groupId) {
    return new KafkaSourceConfig(
        kafka, topic, groupId, StartingOffsets.COMMITTED_OR_EARLIEST, false, Map.of());
  }

  /** The same, ending at the offsets that are the last ones when the job starts. */
  public KafkaSourceConfig bounded() {
    return new KafkaSourceConfig(kafka, topic, groupId, startingOffsets, true, properties);
  }

  /** Reads the keys of one group, such as {@code source}. */
  public static KafkaSourceConfig read(ConfigReader reader, KafkaConfig kafka) {
    return new KafkaSourceConfig(
        kafka,
        KafkaConfig.topic(reader, "topic", "Topic to read.").required(),
        reader.string("group-id", "Consumer group the offsets are shown under.").required(),
        reader
            .oneOf("starting-offsets", StartingOffsets.class, "Start without a checkpoint.")
            .orElse(StartingOffsets.COMMITTED_OR_EARLIEST),
        reader
            .bool("stop-at-latest", "Ends at the offsets that are last at the start.")
            .orElse(false),
        reader.map("properties", TUNABLE, "Kafka consumer property."));
  }
}
