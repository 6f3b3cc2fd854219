package io.onceflow.testbed.run;

import io.onceflow.common.source.DeadLetterTopic;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Which records of a file have no committed answer yet: each waits for a result in {@code
 * ledger.results} or for a dead letter. One bit per offset between the file's first and last record
 * of a partition.
 *
 * <p>{@link #sent} may be called by any thread, the rest by one.
 */
final class FeedAnswers implements AutoCloseable {

  private static final String RESULTS =
      "SELECT record_offset FROM ledger.results WHERE topic_partition = ? AND record_offset BETWEEN ? AND ?";
  private static final Duration POLL = Duration.ofMillis(100);

  private final Map<Integer, Waiting> waiting = new HashMap<>();
  private final KafkaConsumer<byte[], byte[]> consumer;
  private long malformed;

  /** The offsets of a partition that wait, counted from the first of them. */
  private static final class Waiting {
    private final BitSet offsets = new BitSet();
    private final long first;

    Waiting(long first) {
      this.first = first;
    }

    boolean remove(long offset) {
      long bit = offset - first;
      boolean waited = bit >= 0 && bit < offsets.length() && offsets.get((int) bit);
      if (waited) {
        offsets.clear((int) bit);
      }
      return waited;
    }
  }

  /** Dead letters are read from the end they have now: to be called before the file is sent. */
  FeedAnswers(String bootstrapServers, String deadLetters) {
    this.consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                bootstrapServers,
                "isolation.level",
                "read_committed",
                "enable.auto.commit",
                false),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    List<TopicPartition> partitions =
        consumer.partitionsFor(deadLetters).stream()
            .map(info -> new TopicPartition(deadLetters, info.partition()))
            .toList();
    consumer.assign(partitions);
    // Offsets, not seekToEnd, which would look for the end at the first poll only.
    consumer.endOffsets(partitions).forEach(consumer::seek);
  }

  /** Kafka has the record; a partition's offsets come in order. */
  synchronized void sent(int partition, long offset) {
    Waiting of = waiting.computeIfAbsent(partition, none -> new Waiting(offset));
    of.offsets.set(Math.toIntExact(offset - of.first));
  }

  /** Reads the answers that have come, and returns whether all have. */
  synchronized boolean haveAllCome(Connection connection) throws SQLException {
    for (ConsumerRecord<byte[], byte[]> letter : consumer.poll(POLL)) {
      Waiting of = waiting.get((int) number(letter, DeadLetterTopic.PARTITION));
      if (of != null && of.remove(number(letter, DeadLetterTopic.OFFSET))) {
        malformed++;
      }
    }
    for (var partition : waiting.entrySet()) {
      readResults(connection, partition.getKey(), partition.getValue());
    }
    waiting.values().removeIf(of -> of.offsets.isEmpty());
    return waiting.isEmpty();
  }

  private static void readResults(Connection connection, int partition, Waiting of)
      throws SQLException {
    if (of.offsets.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(RESULTS)) {
      statement.setInt(1, partition);
      statement.setLong(2, of.first + of.offsets.nextSetBit(0));
      statement.setLong(3, of.first + of.offsets.length() - 1);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          of.remove(rows.getLong(1));
        }
      }
    }
  }

  private static long number(ConsumerRecord<byte[], byte[]> letter, String header) {
    return Long.parseLong(
        new String(letter.headers().lastHeader(header).value(), StandardCharsets.UTF_8));
  }

  /** Records of the file that came as dead letters. */
  long malformed() {
    return malformed;
  }

  @Override
  public void close() {
    consumer.close();
  }
}
