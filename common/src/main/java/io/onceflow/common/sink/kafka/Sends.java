package io.onceflow.common.sink.kafka;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;

/**
 * What became of the records sent in one transaction: where they are, per partition, and what went
 * wrong. Memory grows with the partitions and not with the records. The broker's answers come on
 * the producer's thread, the rest on the session's.
 */
final class Sends {

  private static final int MAX_REFUSED = 1_000;

  private final Producer<byte[], byte[]> producer;
  private final Map<String, Map<Integer, CommitMarker.Range>> ranges = new TreeMap<>();
  private final Map<Long, Rejection> refused = new HashMap<>();
  private Exception failure;

  Sends(Producer<byte[], byte[]> producer) {
    this.producer = producer;
  }

  /** Sends a record of the epoch. */
  void send(ProducerRecord<byte[], byte[]> record, long ordinal) {
    try {
      producer.send(record, (metadata, error) -> answered(ordinal, metadata, error));
    } catch (KafkaException e) {
      failed(e);
    }
  }

  /** Sends a record that belongs to the commit itself and not to the epoch's data. */
  void sendAside(ProducerRecord<byte[], byte[]> record) {
    try {
      producer.send(record, (metadata, error) -> failed(error));
    } catch (KafkaException e) {
      failed(e);
    }
  }

  private synchronized void answered(long ordinal, RecordMetadata metadata, Exception error) {
    if (error == null) {
      ranges
          .computeIfAbsent(metadata.topic(), topic -> new TreeMap<>())
          .merge(
              metadata.partition(),
              new CommitMarker.Range(
                  metadata.topic(), metadata.partition(), metadata.offset(), metadata.offset(), 1),
              Sends::joined);
    } else if (KafkaErrors.isRow(error) && refused.size() < MAX_REFUSED) {
      refused.put(ordinal, new Rejection(error.getClass().getSimpleName(), error.getMessage()));
    } else {
      failed(error);
    }
  }

  private static CommitMarker.Range joined(CommitMarker.Range one, CommitMarker.Range other) {
    return new CommitMarker.Range(
        one.topic(),
        one.partition(),
        Math.min(one.first(), other.first()),
        Math.max(one.last(), other.last()),
        one.count() + other.count());
  }

  private synchronized void failed(Exception error) {
    if (error != null && failure == null) {
      failure = error;
    }
  }

  /** Whether the transaction can only be aborted, so that sending on is a waste. */
  synchronized boolean hasFailed() {
    return failure != null || !refused.isEmpty();
  }

  /** What the broker refused; asked after {@code flush}. */
  synchronized Map<Long, Rejection> refused() {
    return Map.copyOf(refused);
  }

  /**
   * Asked after {@code flush}.
   *
   * @throws RuntimeException the first error, when a record was not taken
   */
  synchronized void throwIfFailed() {
    if (failure != null) {
      throw failure instanceof RuntimeException runtime ? runtime : new KafkaException(failure);
    }
  }

  /** Where the records are; asked after {@code flush}. */
  synchronized List<CommitMarker.Range> ranges() {
    var all = new ArrayList<CommitMarker.Range>();
    ranges.values().forEach(byPartition -> all.addAll(byPartition.values()));
    return all;
  }
}
