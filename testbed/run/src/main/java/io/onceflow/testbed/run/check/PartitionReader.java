package io.onceflow.testbed.run.check;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads partitions of a topic from the beginning to the ends they had at the start, committed
 * records only, holding one fetch in memory. With one partition, in its order. One thread.
 */
final class PartitionReader implements AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration STUCK = Duration.ofSeconds(60);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Map<TopicPartition, Long> ends;
  private final Map<TopicPartition, Long> missing;
  private final Queue<ConsumerRecord<byte[], byte[]>> fetched = new ArrayDeque<>();

  private PartitionReader(
      KafkaConsumer<byte[], byte[]> consumer, List<TopicPartition> partitions, Duration timeout) {
    this.consumer = consumer;
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    this.ends = consumer.endOffsets(partitions, timeout);
    this.missing = new HashMap<>(ends);
  }

  static PartitionReader of(String bootstrapServers, String topic, int partition) {
    return new PartitionReader(
        consumer(bootstrapServers), List.of(new TopicPartition(topic, partition)), STUCK);
  }

  static PartitionReader ofAll(String bootstrapServers, String topic) {
    KafkaConsumer<byte[], byte[]> consumer = consumer(bootstrapServers);
    List<TopicPartition> all =
        consumer.partitionsFor(topic, STUCK).stream()
            .map(info -> new TopicPartition(topic, info.partition()))
            .toList();
    return new PartitionReader(consumer, all, STUCK);
  }

  private static KafkaConsumer<byte[], byte[]> consumer(String bootstrapServers) {
    Map<String, Object> config =
        Map.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
            bootstrapServers,
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            "read_committed",
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
            false,
            ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
            5_000,
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
            "earliest");
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /**
   * The next record, or null at the end.
   *
   * @throws IllegalStateException when an open transaction, or a broker that is down, stands before
   *     the end
   */
  ConsumerRecord<byte[], byte[]> next() {
    long deadline = System.nanoTime() + STUCK.toNanos();
    while (fetched.isEmpty()) {
      missing.entrySet().removeIf(end -> consumer.position(end.getKey()) >= end.getValue());
      if (missing.isEmpty()) {
        return null;
      }
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "Nothing was read for %d s with %s still to reach; is the broker up?"
                .formatted(STUCK.toSeconds(), missing));
      }
      for (ConsumerRecord<byte[], byte[]> message : consumer.poll(POLL)) {
        if (message.offset() < ends.get(new TopicPartition(message.topic(), message.partition()))) {
          fetched.add(message);
        }
      }
    }
    return fetched.remove();
  }

  @Override
  public void close() {
    consumer.close();
  }
}
