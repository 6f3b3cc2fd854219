package io.onceflow.common.sink.kafka;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.utils.Utils;

/**
 * Reads the one partition of the marker topic that holds everything about one sink, so that the
 * order of its records is the order of their commits. Used by one thread, except for {@link
 * #wakeup}.
 */
public final class MarkerTopic implements AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(50);

  /** How long a broker may deliver nothing of what it says is there. */
  private static final Duration ANSWER_PATIENCE = Duration.ofSeconds(30);

  private final String topic;
  private final SinkId sinkId;
  private final Admin admin;
  private final KafkaConsumer<String, byte[]> consumer;
  private final MarkerHistory history;
  private TopicPartition partition;

  /**
   * @param connection properties of a client; see {@code KafkaClientProperties}
   * @param admin of the same cluster; stays open
   */
  public MarkerTopic(Properties connection, String topic, SinkId sinkId, Admin admin) {
    this.topic = topic;
    this.sinkId = sinkId;
    this.admin = admin;
    this.history = new MarkerHistory(sinkId);
    var properties = new Properties();
    properties.putAll(connection);
    properties.putAll(
        Map.of(
            "isolation.level", "read_committed",
            "enable.auto.commit", "false",
            "auto.offset.reset", "earliest",
            "allow.auto.create.topics", "false"));
    this.consumer =
        new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
  }

  /** What was read so far. */
  public MarkerHistory history() {
    return history;
  }

  /**
   * Reads what is decided: up to the first transaction that is still open, whosever it is.
   *
   * @return whether nothing was open, so that this is the whole truth of a moment
   * @throws StoreException TRANSIENT when the broker delivers nothing for a while, SYSTEM when the
   *     topic ends before what was read already
   */
  public boolean readDecided() throws StoreException {
    var end = end();
    var decided = consumer.endOffsets(List.of(partition)).get(partition);
    readTo(Math.min(decided, end), ANSWER_PATIENCE);
    return consumer.position(partition) >= end;
  }

  /**
   * Reads everything that was sent before this call, and so waits for transactions that are open.
   * The caller's own are not: it has just initialized its producer, or its last commit was
   * answered.
   *
   * @param patience how long a transaction that is open is waited for
   * @throws StoreException TRANSIENT when one is still open after that time, SYSTEM when the topic
   *     ends before what was read already
   */
  void readToEnd(Duration patience) throws StoreException {
    readTo(end(), patience);
  }

  /** The patience is for each step ahead: a long topic takes its time. */
  private void readTo(long end, Duration patience) throws StoreException {
    var position = consumer.position(partition);
    var steppedNs = System.nanoTime();
    while (position < end) {
      poll();
      var next = consumer.position(partition);
      if (next > position) {
        steppedNs = System.nanoTime();
      } else if (System.nanoTime() - steppedNs > patience.toNanos()) {
        throw stuck(position, end, patience);
      }
      position = next;
    }
  }

  private void poll() throws StoreException {
    for (var record : consumer.poll(POLL)) {
      try {
        history.accept(record.key(), record.value());
      } catch (IOException | IllegalArgumentException e) {
        throw new StoreException(
            ErrorClass.SYSTEM,
            "The record of %s at offset %d cannot be read: %s Was something else written to the marker topic?"
                .formatted(partition, record.offset(), e.getMessage()),
            e);
      }
    }
  }

  /** A reader stops where the first open transaction begins, and there only it is to blame. */
  private StoreException stuck(long position, long end, Duration patience) {
    var decided = consumer.endOffsets(List.of(partition)).get(partition);
    var message =
        position == decided
            ? "Another sink's transaction is open in %s at offset %d, and was waited for %d s; the broker ends it after its transaction-timeout. A sink that must not wait for others needs a marker topic of its own."
                .formatted(partition, position, patience.toSeconds())
            : "%s is read up to offset %d, and the records up to %d did not come within %d s."
                .formatted(partition, position, end, patience.toSeconds());
    return new StoreException(ErrorClass.TRANSIENT, message, null);
  }

  /** Where the next record would go, open transactions included. */
  private long end() throws StoreException {
    assign();
    var ends =
        admin.listOffsets(
            Map.of(partition, OffsetSpec.latest()),
            new ListOffsetsOptions(IsolationLevel.READ_UNCOMMITTED));
    var end = KafkaErrors.await(ends.partitionResult(partition)).offset();
    var position = consumer.position(partition);
    if (position > end) {
      throw KafkaErrors.system(
          "%s ends at offset %d and was read up to %d before: was the marker topic deleted and made anew, or did Kafka lose acknowledged records? Without its markers nothing can be committed once: bring them back, or restore with on-rewind: accept-duplicates."
              .formatted(partition, end, position));
    }
    return end;
  }

  /** A record about this sink; null removes what has this key. */
  ProducerRecord<byte[], byte[]> record(String key, byte[] value) throws StoreException {
    assign();
    return new ProducerRecord<>(
        topic, partition.partition(), key.getBytes(StandardCharsets.UTF_8), value);
  }

  private void assign() throws StoreException {
    if (partition != null) {
      return;
    }
    var found = new TopicLookup(admin).find(topic);
    if (found.isEmpty()) {
      throw KafkaErrors.system("There is no topic %s for commit markers.".formatted(topic));
    }
    var partitions = found.get().partitions();
    var hash = Utils.toPositive(Utils.murmur2(sinkId.value().getBytes(StandardCharsets.UTF_8)));
    partition = new TopicPartition(topic, hash % partitions.size());
    consumer.assign(List.of(partition));
    consumer.seekToBeginning(List.of(partition));
  }

  /** Ends a read under way, from another thread. */
  void wakeup() {
    consumer.wakeup();
  }

  @Override
  public void close() {
    consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ofSeconds(5)));
  }
}
