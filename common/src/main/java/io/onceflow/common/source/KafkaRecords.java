package io.onceflow.common.source;

import io.onceflow.common.config.KafkaSourceConfig;
import io.onceflow.common.kafka.KafkaClientProperties;
import java.util.Properties;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;

/**
 * Reads a topic as {@link RawRecord}s: committed records only, every one of them, decoded by
 * nobody. Offsets live in the checkpoints; the group's offsets are for monitoring and for a first
 * start.
 */
public final class KafkaRecords {

  private KafkaRecords() {}

  /** A source of raw records. */
  public static KafkaSource<RawRecord> source(KafkaSourceConfig config) {
    Properties properties = KafkaClientProperties.of(config.kafka());
    properties.putAll(config.properties());
    properties.setProperty("isolation.level", "read_committed");
    KafkaSourceBuilder<RawRecord> builder =
        KafkaSource.<RawRecord>builder()
            .setProperties(properties)
            .setTopics(config.topic())
            .setGroupId(config.groupId())
            .setClientIdPrefix(config.groupId())
            .setStartingOffsets(startingOffsets(config.startingOffsets()))
            .setDeserializer(new Schema());
    if (config.stopAtLatest()) {
      builder.setBounded(OffsetsInitializer.latest());
    }
    return builder.build();
  }

  /**
   * Flink's connector takes the strategy in the type that Kafka 4 deprecated; there is no other.
   */
  @SuppressWarnings("deprecation")
  private static OffsetsInitializer startingOffsets(KafkaSourceConfig.StartingOffsets offsets) {
    return switch (offsets) {
      case COMMITTED_OR_EARLIEST ->
          OffsetsInitializer.committedOffsets(OffsetResetStrategy.EARLIEST);
      case EARLIEST -> OffsetsInitializer.earliest();
      case LATEST -> OffsetsInitializer.latest();
    };
  }

  /** Hands the consumer's arrays on; nothing is copied and nothing can fail. */
  static final class Schema implements KafkaRecordDeserializationSchema<RawRecord> {

    private static final long serialVersionUID = 1L;

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<RawRecord> out) {
      out.collect(
          new RawRecord(
              record.topic(),
              record.partition(),
              record.offset(),
              record.timestamp(),
              record.key(),
              record.value(),
              RawHeader.of(record.headers())));
    }

    @Override
    public TypeInformation<RawRecord> getProducedType() {
      return TypeInformation.of(RawRecord.class);
    }
  }
}
