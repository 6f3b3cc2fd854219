package io.onceflow.common.source;

import io.onceflow.common.config.KafkaSinkConfig;
import io.onceflow.common.config.KafkaSinkConfig.OnLostTransaction;
import java.util.Properties;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;

/**
 * Flink's Kafka sink with the settings that exactly-once needs spelled out.
 *
 * <p>One Kafka transaction per subtask and epoch, committed after the checkpoint. Two limits come
 * with it: a reader in {@code read_committed} waits behind open transactions for up to one
 * checkpoint interval; and an outage longer than the transaction timeout makes the broker abort
 * what was prepared, which {@link OnLostTransaction} decides about. A timeout above the broker's
 * {@code transaction.max.timeout.ms} is refused by the broker when the job starts.
 */
public final class KafkaSinks {

  private KafkaSinks() {}

  /**
   * A sink that writes each record exactly once.
   *
   * @param serializer chooses topic, key, value and headers
   */
  public static <T> Sink<T> exactlyOnce(
      KafkaSinkConfig config, KafkaRecordSerializationSchema<T> serializer) {
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
            .setTransactionalIdPrefix(config.transactionalIdPrefix())
            // Ids are never used twice, so the broker can be asked how a transaction ended.
            .setTransactionNamingStrategy(TransactionNamingStrategy.INCREMENTING)
            .setRecordSerializer(serializer)
            .build();
    return config.onLostTransaction() == OnLostTransaction.FAIL
        ? new LossRefusingSink<>(sink, KafkaClientProperties.of(config.kafka()))
        : sink;
  }
}
