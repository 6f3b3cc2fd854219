package io.onceflow.common.sink.kafka;

import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.RowRejectedException;
import io.onceflow.common.commit.TwoPhaseCommitSink;
import io.onceflow.common.kafka.KafkaClientProperties;
import io.onceflow.common.sink.kafka.KafkaSinkConfig.OnLostTransaction;
import java.util.Properties;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Sinks that write each record exactly once, by the configured strategy.
 *
 * <p>STAGED is {@link KafkaStore}. KAFKA_SINK is Flink's own sink with the settings that
 * exactly-once needs spelled out: one Kafka transaction per subtask and epoch, committed after the
 * checkpoint. Two limits come with it: a reader in {@code read_committed} waits behind open
 * transactions for up to one checkpoint interval; and an outage longer than the transaction timeout
 * makes the broker abort what was prepared, which {@link OnLostTransaction} decides about.
 *
 * <p>The strategies keep different state: a sink that changes its strategy needs a new uid.
 */
public final class KafkaSinks {

  private KafkaSinks() {}

  /**
   * A sink that writes each record exactly once.
   *
   * @param job the job's configuration, which says where checkpoints and segments go
   * @param mapper chooses topic, key, value and headers
   * @throws IllegalArgumentException STAGED: when the job takes no exactly-once checkpoints
   */
  public static <T> Sink<T> exactlyOnce(
      KafkaSinkConfig config, ReadableConfig job, RecordMapper<T> mapper) {
    return switch (config.strategy()) {
      case STAGED -> staged(config, job, mapper);
      case KAFKA_SINK -> kafkaSink(config, mapper);
    };
  }

  private static <T> Sink<T> staged(
      KafkaSinkConfig config, ReadableConfig job, RecordMapper<T> mapper) {
    var staged = config.staged();
    return TwoPhaseCommitSink.of(KafkaStore.of(config, mapper))
        .sinkId(config.sinkId().value())
        .onReject(staged.rejectTopic() == null ? OnReject.FAIL : OnReject.DEAD_LETTER)
        .onRewind(staged.onRewind())
        .retryPolicy(staged.retryPolicy())
        .checkpointsOf(job)
        .build();
  }

  private static <T> Sink<T> kafkaSink(KafkaSinkConfig config, RecordMapper<T> mapper) {
    Properties properties = KafkaClientProperties.of(config.kafka());
    properties.putAll(config.properties());
    properties.setProperty("acks", "all");
    properties.setProperty("enable.idempotence", "true");
    properties.setProperty(
        "transaction.timeout.ms", Long.toString(config.transactionTimeout().toMillis()));
    KafkaSink<T> sink =
        KafkaSink.<T>builder()
            .setKafkaProducerConfig(properties)
            .setBootstrapServers(config.kafka().bootstrapServers())
            .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
            .setTransactionalIdPrefix(config.sinkId().value())
            // Ids are never used twice, so the broker can be asked how a transaction ended.
            .setTransactionNamingStrategy(TransactionNamingStrategy.INCREMENTING)
            .setRecordSerializer(new Mapped<>(mapper))
            .build();
    return config.onLostTransaction() == OnLostTransaction.FAIL
        ? new LossRefusingSink<>(sink, KafkaClientProperties.of(config.kafka()))
        : sink;
  }

  /** The mapper in the form that Flink's sink takes; what it rejects fails the job there. */
  private record Mapped<T>(RecordMapper<T> mapper) implements KafkaRecordSerializationSchema<T> {

    private static final long serialVersionUID = 1L;

    @Override
    public ProducerRecord<byte[], byte[]> serialize(
        T value, KafkaSinkContext context, Long timestampMs) {
      try {
        return mapper.recordOf(value);
      } catch (RowRejectedException e) {
        throw new IllegalArgumentException(
            "A value cannot become a record of topic %s (%s): %s"
                .formatted(e.target(), e.code(), e.getMessage()),
            e);
      }
    }
  }
}
