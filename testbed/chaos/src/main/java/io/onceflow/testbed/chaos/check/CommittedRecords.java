package io.onceflow.testbed.chaos.check;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The records of a topic that a read-committed reader sees, each handed out once. A reading that
 * fails half way loses nothing: the next one goes on with the record that was not taken. Used by
 * one thread.
 */
final class CommittedRecords implements AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(20);

  private final Consumer<byte[], byte[]> consumer;
  private final String topic;
  private final Duration patience;
  private final Queue<ConsumerRecord<byte[], byte[]>> polled = new ArrayDeque<>();

  /** Takes a record; one that it fails for comes again. */
  interface Taker {
    void take(ConsumerRecord<byte[], byte[]> record) throws IOException;
  }

  /** From the topic's beginning on; the broker has 10 s to deliver what it says is there. */
  CommittedRecords(String bootstrapServers, String topic) {
    this(consumer(bootstrapServers), topic, Duration.ofSeconds(10));
  }

  CommittedRecords(Consumer<byte[], byte[]> consumer, String topic, Duration patience) {
    this.consumer = consumer;
    this.topic = topic;
    this.patience = patience;
  }

  private static Consumer<byte[], byte[]> consumer(String bootstrapServers) {
    var settings = new HashMap<String, Object>();
    settings.put("bootstrap.servers", bootstrapServers);
    settings.put("isolation.level", "read_committed");
    settings.put("enable.auto.commit", false);
    settings.put("auto.offset.reset", "earliest");
    settings.put("default.api.timeout.ms", 10_000);
    settings.put("request.timeout.ms", 5_000);
    settings.put("allow.auto.create.topics", false);
    return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** The ends of the partitions, as this reader sees them now. */
  Map<TopicPartition, Long> ends() {
    if (consumer.assignment().isEmpty()) {
      var partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
    }
    return consumer.endOffsets(consumer.assignment());
  }

  /**
   * Hands out everything up to the end that is seen now.
   *
   * @throws IllegalStateException when the broker does not deliver it
   */
  void read(Taker taker) throws IOException {
    handOut(taker);
    var ends = ends();
    var deadline = System.nanoTime() + patience.toNanos();
    while (isBefore(ends)) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "The broker does not deliver %s up to %s.".formatted(topic, ends));
      }
      consumer.poll(POLL).forEach(polled::add);
      handOut(taker);
    }
  }

  private void handOut(Taker taker) throws IOException {
    for (var next = polled.peek(); next != null; next = polled.peek()) {
      taker.take(next);
      polled.remove();
    }
  }

  private boolean isBefore(Map<TopicPartition, Long> ends) {
    return ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue());
  }

  /** The next reading begins with the first record. */
  void restart() {
    polled.clear();
    consumer.seekToBeginning(consumer.assignment());
  }

  @Override
  public void close() {
    consumer.close(CloseOptions.timeout(Duration.ZERO));
  }
}
