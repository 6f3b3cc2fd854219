package io.onceflow.common.sink.kafka;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.record.DefaultRecordBatch;

/**
 * Tells before a record is sent whether Kafka can take it. A producer that learns it from the
 * broker has a transaction it can only abort, and waits a minute for a topic that is not there.
 * Used by one thread.
 */
final class TargetTopics {

  /** Above a record's bytes in a batch of its own; lengths and deltas at their longest. */
  private static final int RECORD_OVERHEAD_BYTES =
      DefaultRecordBatch.RECORD_BATCH_OVERHEAD + 7 * 5 + 1;

  private static final int HEADER_OVERHEAD_BYTES = 2 * 5;

  private final Admin admin;
  private final Set<String> promised;
  private final int maxRequestBytes;
  private final boolean compressed;
  private final Map<String, Topic> topics = new HashMap<>();
  private final Set<String> missed = new HashSet<>();
  private TopicLookup lookup;

  /**
   * What is known of a topic.
   *
   * @param partitions 0 when there is no such topic
   * @param maxBatchBytes what its brokers take, compressed or not
   */
  private record Topic(int partitions, int maxBatchBytes) {}

  /**
   * @param promised topics that the preflight has found
   * @param maxRequestBytes the producer's own limit
   * @param compressed whether records get smaller on their way, so that only the broker can tell
   */
  TargetTopics(Admin admin, Set<String> promised, int maxRequestBytes, boolean compressed) {
    this.admin = admin;
    this.lookup = new TopicLookup(admin);
    this.promised = Set.copyOf(promised);
    this.maxRequestBytes = maxRequestBytes;
    this.compressed = compressed;
  }

  /** Forgets what may have changed since the last epoch. */
  void refresh() {
    topics.clear();
    lookup = new TopicLookup(admin);
  }

  /** Why Kafka would not take a record, or null when nothing speaks against it. */
  Rejection reject(ProducerRecord<byte[], byte[]> record) {
    var topic = topics.computeIfAbsent(record.topic(), this::describe);
    if (topic.partitions() == 0) {
      return new Rejection("UNKNOWN_TOPIC", "There is no topic %s.".formatted(record.topic()));
    }
    if (record.partition() != null && record.partition() >= topic.partitions()) {
      return new Rejection(
          "UNKNOWN_PARTITION",
          "Topic %s has %d partitions and no partition %d."
              .formatted(record.topic(), topic.partitions(), record.partition()));
    }
    var bytes = bytes(record);
    var allowed = compressed ? maxRequestBytes : Math.min(maxRequestBytes, topic.maxBatchBytes());
    if (bytes > allowed) {
      return new Rejection(
          "RECORD_TOO_LARGE",
          "The record needs up to %d bytes; max.request.size of the sink and max.message.bytes of topic %s allow %d."
              .formatted(bytes, record.topic(), allowed));
    }
    return null;
  }

  /**
   * How much longer a letter could be at most, below zero when it is too long. Compression is not
   * counted on: a letter that is refused cannot be rejected in turn.
   */
  long roomForLetter(ProducerRecord<byte[], byte[]> letter) {
    var topic = topics.computeIfAbsent(letter.topic(), this::describe);
    return Math.min(maxRequestBytes, topic.maxBatchBytes()) - bytes(letter);
  }

  static long bytes(ProducerRecord<byte[], byte[]> record) {
    var bytes = (long) RECORD_OVERHEAD_BYTES + length(record.key()) + length(record.value());
    for (var header : record.headers()) {
      bytes += HEADER_OVERHEAD_BYTES + 3L * header.key().length() + length(header.value());
    }
    return bytes;
  }

  private static int length(byte[] bytes) {
    return bytes == null ? 0 : bytes.length;
  }

  private Topic describe(String name) {
    try {
      // Whoever was missed for seconds once does not cost every epoch the same wait.
      var topic = missed.contains(name) ? lookup.ask(name) : lookup.find(name);
      if (topic.isPresent()) {
        missed.remove(name);
        return new Topic(topic.get().partitions().size(), maxBatchBytes(name));
      }
    } catch (InvalidTopicException e) {
      return new Topic(0, 0);
    }
    if (promised.contains(name)) {
      // No reason to reject a whole epoch.
      throw new UnknownTopicOrPartitionException(
          "Topic %s was there when the job started and is not found now.".formatted(name));
    }
    missed.add(name);
    return new Topic(0, 0);
  }

  private int maxBatchBytes(String name) {
    var resource = new ConfigResource(ConfigResource.Type.TOPIC, name);
    try {
      var config =
          KafkaErrors.await(admin.describeConfigs(List.of(resource)).values().get(resource));
      return Integer.parseInt(config.get("max.message.bytes").value());
    } catch (AuthorizationException mayNotAsk) {
      return Integer.MAX_VALUE;
    }
  }
}
