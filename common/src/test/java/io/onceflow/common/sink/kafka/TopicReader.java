package io.onceflow.common.sink.kafka;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.connector.testframe.external.ExternalSystemDataReader;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads each committed record of a topic once, from its beginning, and goes on as more are
 * committed. Not thread-safe.
 */
final class TopicReader implements ExternalSystemDataReader<String> {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final KafkaConsumer<byte[], byte[]> consumer;

  TopicReader(String bootstrapServers, String topic) {
    Map<String, Object> config =
        Map.of(
            "bootstrap.servers",
            bootstrapServers,
            "isolation.level",
            "read_committed",
            "enable.auto.commit",
            false,
            "auto.offset.reset",
            "none");
    consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    var partitions =
        consumer.partitionsFor(topic, PATIENCE).stream()
            .map(partition -> new TopicPartition(topic, partition.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
  }

  @Override
  public List<String> poll(Duration timeout) {
    var values = new ArrayList<String>();
    consumer
        .poll(timeout)
        .forEach(record -> values.add(new String(record.value(), StandardCharsets.UTF_8)));
    return values;
  }

  @Override
  public void close() {
    consumer.close();
  }
}
