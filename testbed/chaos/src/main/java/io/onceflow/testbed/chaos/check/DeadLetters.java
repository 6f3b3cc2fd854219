package io.onceflow.testbed.chaos.check;

import io.onceflow.testbed.chaos.truth.Poison;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads the topic of dead letters: each poison is there once. Used by one thread. */
final class DeadLetters implements AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(20);
  private static final int MAX_POLLS = 500;

  private final String topic;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Map<String, Integer> copies = new HashMap<>();

  DeadLetters(String bootstrapServers, String topic) {
    this.topic = topic;
    this.consumer = consumer(bootstrapServers);
  }

  /** A reader of what is committed, from the beginning on. */
  static KafkaConsumer<byte[], byte[]> consumer(String bootstrapServers) {
    return new KafkaConsumer<>(
        Map.of(
            "bootstrap.servers",
            bootstrapServers,
            "isolation.level",
            "read_committed",
            "enable.auto.commit",
            false,
            "auto.offset.reset",
            "earliest",
            "default.api.timeout.ms",
            10_000,
            "request.timeout.ms",
            5_000,
            "allow.auto.create.topics",
            false),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }

  /** Gives a consumer all partitions of a topic, from their beginning. */
  static List<TopicPartition> assign(KafkaConsumer<byte[], byte[]> consumer, String topic) {
    var partitions =
        consumer.partitionsFor(topic).stream()
            .map(info -> new TopicPartition(topic, info.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    return partitions;
  }

  /** Reads what has come. */
  void read() {
    if (consumer.assignment().isEmpty()) {
      assign(consumer, topic);
    }
    var ends = consumer.endOffsets(consumer.assignment());
    for (var polls = 0; polls < MAX_POLLS && isBefore(ends); polls++) {
      for (var letter : consumer.poll(POLL)) {
        var value = new String(letter.value(), StandardCharsets.UTF_8);
        copies.merge(Poison.idIn(value), 1, Integer::sum);
      }
    }
  }

  private boolean isBefore(Map<TopicPartition, Long> ends) {
    return ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue());
  }

  /** The poison that is no dead letter yet. */
  List<String> missing(List<String> poison) {
    return poison.stream().filter(id -> !copies.containsKey(id)).toList();
  }

  /** Dead letters beyond the first, of each poison. */
  long duplicated() {
    return copies.values().stream().mapToLong(count -> count - 1).sum();
  }

  /** Dead letters of what is no poison. */
  List<String> unexpected(Set<String> poison) {
    return copies.keySet().stream().filter(id -> !poison.contains(id)).toList();
  }

  @Override
  public void close() {
    consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ofSeconds(5)));
  }
}
