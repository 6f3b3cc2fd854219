package io.onceflow.tool;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.StoreException;
import io.onceflow.producer.wire.DeadMessageFormat;
import io.onceflow.producer.wire.MalformedException;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads one dead letter topic and the audit topic that belongs to it, committed records only. It
 * joins no consumer group and changes nothing. One thread; Kafka's errors come as {@link
 * KafkaException}.
 *
 * <p>The audit topic's name is derived and cannot be chosen: with two of them the same letter could
 * be redriven once for each.
 */
final class DeadMessageTopic implements AutoCloseable {

  private static final String AUDIT_SUFFIX = "-audit";
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private final String topic;
  private final Admin admin;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private TopicDescription described;

  DeadMessageTopic(Properties connection, String topic) {
    this.topic = topic;
    var properties = new Properties();
    properties.putAll(connection);
    properties.put("default.api.timeout.ms", (int) PATIENCE.toMillis());
    this.admin = Admin.create(properties);
    properties.putAll(
        Map.of(
            "isolation.level", "read_committed",
            "enable.auto.commit", "false",
            "auto.offset.reset", "earliest",
            "allow.auto.create.topics", "false"));
    this.consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  String name() {
    return topic;
  }

  String auditTopic() {
    return topic + AUDIT_SUFFIX;
  }

  AuditEntry.Place place(LetterId id) {
    return new AuditEntry.Place(
        topic, described().topicId().toString(), id.partition(), id.offset());
  }

  private TopicDescription described() {
    if (described == null) {
      described = describe(topic);
      if (described == null) {
        throw new UsageException("There is no topic %s.".formatted(topic));
      }
    }
    return described;
  }

  /** A topic, or null when there is none of this name. */
  TopicDescription describe(String name) {
    try {
      return await(admin.describeTopics(List.of(name)).allTopicNames()).get(name);
    } catch (UnknownTopicOrPartitionException e) {
      return null;
    }
  }

  /**
   * Reads letters, partition by partition, up to the first transaction that is open.
   *
   * @param only these, or all when it is empty
   * @param visitor is given each and says whether to go on
   * @return how many records were none of selective retry's letters
   */
  long scan(Collection<LetterId> only, Predicate<Letter> visitor) throws StoreException {
    var partitions = partitions(described());
    var from = new HashMap<>(consumer.beginningOffsets(partitions));
    var to = new HashMap<>(consumer.endOffsets(partitions));
    if (!only.isEmpty()) {
      narrow(only, from, to);
    }
    var scan = new Scan(only, visitor);
    read(from, to, scan);
    return scan.others;
  }

  /** From the first to the last that is wanted, in each partition. */
  private static void narrow(
      Collection<LetterId> only, Map<TopicPartition, Long> from, Map<TopicPartition, Long> to) {
    for (var partition : List.copyOf(from.keySet())) {
      var wanted =
          only.stream()
              .filter(id -> id.partition() == partition.partition())
              .mapToLong(LetterId::offset)
              .summaryStatistics();
      from.merge(partition, wanted.getMin(), Math::max);
      to.merge(partition, wanted.getCount() == 0 ? 0 : wanted.getMax() + 1, Math::min);
    }
  }

  /** Something that is given records and says whether to go on. */
  private interface Records {
    boolean accept(ConsumerRecord<byte[], byte[]> record) throws StoreException;
  }

  private static final class Scan implements Records {
    private final Collection<LetterId> only;
    private final Predicate<Letter> visitor;
    private long others;

    Scan(Collection<LetterId> only, Predicate<Letter> visitor) {
      this.only = only;
      this.visitor = visitor;
    }

    @Override
    public boolean accept(ConsumerRecord<byte[], byte[]> record) {
      var id = new LetterId(record.partition(), record.offset());
      if (!only.isEmpty() && !only.contains(id)) {
        return true;
      }
      try {
        return visitor.test(
            new Letter(id, DeadMessageFormat.read(record.key(), record.value(), record.headers())));
      } catch (MalformedException e) {
        others++;
        return true;
      }
    }
  }

  /** What is decided until now. An audit topic that is not there yet says nothing. */
  LetterAudit audit() throws StoreException {
    return audit(false);
  }

  /**
   * Everything that was ever recorded. Whoever calls it has fenced the others, so no transaction is
   * open.
   *
   * @throws StoreException SYSTEM when the topic is missing, may lose records, or has lost some
   */
  LetterAudit completeAudit() throws StoreException {
    var audit = audit(true);
    if (!audit.isComplete()) {
      throw system(
          "Topic %s has lost records: of the messages redriven up to number %d some are missing. What was done with their letters is not known, so nothing is done; bring the records back."
              .formatted(auditTopic(), audit.lastSequence()));
    }
    return audit;
  }

  private LetterAudit audit(boolean complete) throws StoreException {
    var found = describe(auditTopic());
    if (found == null && complete) {
      throw system(
          "There is no topic %s. Create it: kafka-topics.sh --create --topic %s --partitions 1 --replication-factor 3 --config retention.ms=-1"
              .formatted(auditTopic(), auditTopic()));
    }
    var id = described().topicId().toString();
    if (found == null) {
      return new LetterAudit(id, "");
    }
    if (complete) {
      requireThatNothingIsDeleted();
    }
    // With the topic's id: one that was made anew counts from 1, and its numbers must be new ones.
    var audit = new LetterAudit(id, "redrive/%s/%s".formatted(topic, found.topicId()));
    var partitions = partitions(found);
    var ends = complete ? lastOffsets(partitions) : consumer.endOffsets(partitions);
    read(
        consumer.beginningOffsets(partitions),
        ends,
        record -> {
          audit.accept(entry(record));
          return true;
        });
    return audit;
  }

  private static AuditEntry entry(ConsumerRecord<byte[], byte[]> record) throws StoreException {
    try {
      return AuditEntry.read(record.value());
    } catch (IOException e) {
      throw new StoreException(
          ErrorClass.SYSTEM,
          "The record %d:%d of %s cannot be read: was something else written to the audit topic?"
              .formatted(record.partition(), record.offset(), record.topic()),
          e);
    }
  }

  /** The last number given is known from the audit alone. */
  private void requireThatNothingIsDeleted() throws StoreException {
    var resource = new ConfigResource(ConfigResource.Type.TOPIC, auditTopic());
    var config = await(admin.describeConfigs(List.of(resource)).all()).get(resource);
    if (!config.get("cleanup.policy").value().equals("delete")
        || !config.get("retention.ms").value().equals("-1")
        || !config.get("retention.bytes").value().equals("-1")) {
      throw system(
          "Topic %s may lose records, and with them what was redriven. Set cleanup.policy=delete, retention.ms=-1 and retention.bytes=-1."
              .formatted(auditTopic()));
    }
  }

  private Map<TopicPartition, Long> lastOffsets(List<TopicPartition> partitions) {
    var offsets =
        admin.listOffsets(
            partitions.stream().collect(Collectors.toMap(one -> one, one -> OffsetSpec.latest())),
            new ListOffsetsOptions(IsolationLevel.READ_UNCOMMITTED));
    return await(offsets.all()).entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, end -> end.getValue().offset()));
  }

  private static List<TopicPartition> partitions(TopicDescription topic) {
    return topic.partitions().stream()
        .map(partition -> new TopicPartition(topic.name(), partition.partition()))
        .toList();
  }

  /** By position: markers and aborted records move it and are not delivered. */
  private void read(Map<TopicPartition, Long> from, Map<TopicPartition, Long> to, Records records)
      throws StoreException {
    var missing = new HashMap<>(to);
    missing.entrySet().removeIf(end -> from.get(end.getKey()) >= end.getValue());
    consumer.assign(List.copyOf(missing.keySet()));
    // One that was assigned before is still paused.
    consumer.resume(missing.keySet());
    missing.keySet().forEach(partition -> consumer.seek(partition, from.get(partition)));
    var steppedNs = System.nanoTime();
    while (!missing.isEmpty()) {
      var polled = consumer.poll(POLL);
      for (var record : polled) {
        var end = to.get(new TopicPartition(record.topic(), record.partition()));
        if (record.offset() < end && !records.accept(record)) {
          return;
        }
      }
      var reached = missing.entrySet().removeIf(end -> isReached(end.getKey(), end.getValue()));
      if (reached || !polled.isEmpty()) {
        steppedNs = System.nanoTime();
      } else if (System.nanoTime() - steppedNs > PATIENCE.toNanos()) {
        throw stuck(missing);
      }
    }
  }

  private boolean isReached(TopicPartition partition, long end) {
    var reached = consumer.position(partition, PATIENCE) >= end;
    if (reached) {
      consumer.pause(List.of(partition));
    }
    return reached;
  }

  private static StoreException stuck(Map<TopicPartition, Long> missing) {
    return new StoreException(
        ErrorClass.TRANSIENT,
        "Nothing was read for %d s, with %s still to reach: does somebody else write there in a transaction, or is a broker down? Run it again."
            .formatted(PATIENCE.toSeconds(), missing),
        null);
  }

  private static StoreException system(String message) {
    return new StoreException(ErrorClass.SYSTEM, message, null);
  }

  private static <T> T await(KafkaFuture<T> answer) {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new KafkaException(e.getCause());
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  @Override
  public void close() {
    consumer.close(CloseOptions.timeout(CLOSE_TIMEOUT));
    admin.close(CLOSE_TIMEOUT);
  }
}
