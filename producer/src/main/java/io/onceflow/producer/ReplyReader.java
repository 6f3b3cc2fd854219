package io.onceflow.producer;

import io.onceflow.producer.wire.MalformedException;
import io.onceflow.producer.wire.Reply;
import io.onceflow.producer.wire.ReplyFormat;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads the replies to one producer, committed ones only, from where {@link #commit} was called
 * last, or from the beginning. All partitions, without a group that could take them away. Sender's
 * thread only, except for {@link #wakeup}.
 */
final class ReplyReader implements AutoCloseable {

  private static final Duration TIMEOUT = Duration.ofSeconds(15);
  private static final long COMMIT_EVERY_MS = 1_000;
  private static final long LOOK_FOR_PARTITIONS_EVERY_MS = 60_000;

  private final String producer;
  private final String topic;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Map<TopicPartition, Long> toCatchUp = new HashMap<>();
  private List<TopicPartition> partitions = List.of();
  private long malformed;
  private long committedAtMs;
  private long lookedAtMs;
  private boolean uncommitted;

  ReplyReader(SenderSettings settings, String producer) {
    this.producer = producer;
    this.topic = settings.replyTopic();
    Map<String, Object> properties = new HashMap<>(settings.kafka());
    properties.put("group.id", "onceflow-outbox." + producer);
    properties.put("enable.auto.commit", "false");
    properties.put("auto.offset.reset", "earliest");
    properties.put("isolation.level", "read_committed");
    properties.put("allow.auto.create.topics", "false");
    consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** Finds the partitions and how far they reach now. */
  void open() {
    assign();
    if (partitions.isEmpty()) {
      throw new KafkaException(
          "There is no topic %s for replies, or it may not be described: create it."
              .formatted(topic));
    }
    toCatchUp.putAll(consumer.endOffsets(partitions, TIMEOUT));
  }

  private void assign() {
    lookedAtMs = System.currentTimeMillis();
    List<TopicPartition> found =
        consumer.partitionsFor(topic, TIMEOUT).stream()
            .map(partition -> new TopicPartition(topic, partition.partition()))
            .toList();
    if (found.size() != partitions.size()) {
      partitions = found;
      consumer.assign(found);
    }
  }

  /** The next replies to this producer. */
  List<Reply> poll(Duration timeout) {
    if (System.currentTimeMillis() - lookedAtMs > LOOK_FOR_PARTITIONS_EVERY_MS) {
      assign();
    }
    List<Reply> replies = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(timeout)) {
      uncommitted = true;
      try {
        Reply reply = ReplyFormat.read(record.value());
        if (reply.producer().equals(producer)) {
          replies.add(reply);
        }
      } catch (MalformedException e) {
        malformed++;
        OutboxLog.LOG.warn(
            "Offset {} of partition {} of {} is no reply: {}",
            record.offset(),
            record.partition(),
            topic,
            e.getMessage());
      }
    }
    return replies;
  }

  /** Whether all has been read that was there at {@link #open}. */
  boolean isCaughtUp() {
    toCatchUp
        .entrySet()
        .removeIf(end -> consumer.position(end.getKey(), TIMEOUT) >= end.getValue());
    return toCatchUp.isEmpty();
  }

  /** Everything that was read has had its effect; the next reader goes on from here. */
  void commit(boolean atOnce) {
    long now = System.currentTimeMillis();
    if (uncommitted && (atOnce || now - committedAtMs > COMMIT_EVERY_MS)) {
      consumer.commitSync(TIMEOUT);
      committedAtMs = now;
      uncommitted = false;
    }
  }

  long malformed() {
    return malformed;
  }

  /** Ends a wait; any thread. */
  void wakeup() {
    consumer.wakeup();
  }

  @Override
  public void close() {
    consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ofSeconds(1)));
  }
}
