package io.onceflow.interop;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Another producer of the job's output topic, with transactions of its own. Not thread-safe. */
final class Stranger implements AutoCloseable {
  private final String topic;
  private final KafkaProducer<byte[], byte[]> producer;

  Stranger(String servers, String topic) {
    this.topic = topic;
    this.producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers", servers, "transactional.id", "stranger-" + UUID.randomUUID()),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    producer.initTransactions();
  }

  /** Writes a record into every partition, in a transaction that stays open. */
  void write(String key, String value) {
    producer.beginTransaction();
    for (int partition = 0; partition < PipelineOutput.PARTITIONS; partition++) {
      producer.send(
          new ProducerRecord<>(topic, partition, key.getBytes(UTF_8), value.getBytes(UTF_8)));
    }
    producer.flush();
  }

  void commit() {
    producer.commitTransaction();
  }

  void abort() {
    producer.abortTransaction();
  }

  @Override
  public void close() {
    producer.close();
  }
}
