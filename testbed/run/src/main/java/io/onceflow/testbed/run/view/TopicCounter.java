package io.onceflow.testbed.run.view;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Counts a topic's committed records as they come. Used by one thread. */
public final class TopicCounter implements AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(10);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final List<TopicPartition> partitions;
  private final Map<TopicPartition, Long> ends;
  private final Seen seen;
  private long count;
  private long earlier;

  /** Is told of each record. */
  interface Seen {
    /** Takes a record; a new one came after the counter was made. */
    void take(ConsumerRecord<byte[], byte[]> record, boolean isNew);
  }

  /** Starts at the topic's beginning. */
  public TopicCounter(String bootstrapServers, String topic) {
    this(bootstrapServers, topic, (record, isNew) -> {});
  }

  TopicCounter(String bootstrapServers, String topic, Seen seen) {
    this.seen = seen;
    this.consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                bootstrapServers,
                "isolation.level",
                "read_committed",
                "enable.auto.commit",
                false,
                "fetch.max.wait.ms",
                100,
                "max.poll.records",
                100_000),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    this.partitions =
        consumer.partitionsFor(topic).stream()
            .map(info -> new TopicPartition(topic, info.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    this.ends = consumer.endOffsets(partitions);
  }

  /** Committed records so far, as far as they have arrived here. */
  public long count() {
    for (ConsumerRecord<byte[], byte[]> message : consumer.poll(POLL)) {
      count++;
      var partition = new TopicPartition(message.topic(), message.partition());
      boolean isNew = message.offset() >= ends.get(partition);
      if (!isNew) {
        earlier++;
      }
      seen.take(message, isNew);
    }
    return count;
  }

  /** Those of {@link #count} that came after this counter was made. */
  public long since() {
    return count - earlier;
  }

  @Override
  public void close() {
    consumer.close();
  }
}
