package io.onceflow.tool;

import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.inspect.Actor;
import io.onceflow.producer.wire.Message;
import io.onceflow.producer.wire.MessageFormat;
import io.onceflow.producer.wire.WireHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Settles dead letters of one topic: message and audit record are in one Kafka transaction, so a
 * reader of committed records sees both or none.
 *
 * <p>The transactional id is made of the dead letter topic's name. When {@link #open} returns,
 * whatever an earlier session had begun is committed or aborted, and no earlier session can ever
 * commit again. So the audit that is read then is the whole truth, until the next session opens.
 * One thread; Kafka's errors come as {@link KafkaException}.
 */
final class LetterSession implements AutoCloseable {

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  /** Above the largest message with its headers; the topic's own limit is what counts. */
  private static final int MAX_REQUEST_BYTES = Message.MAX_PAYLOAD_BYTES + (4 << 20);

  private final DeadMessageTopic topic;
  private final Actor actor;
  private final KafkaProducer<byte[], byte[]> producer;
  private LetterAudit audit;
  private long sequence;
  private boolean begun;

  private LetterSession(DeadMessageTopic topic, Actor actor, Properties properties) {
    this.topic = topic;
    this.actor = actor;
    this.producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /**
   * Fences all earlier sessions of this topic and reads what they have done.
   *
   * @throws StoreException when the audit topic is missing or cannot be trusted
   */
  static LetterSession open(Properties connection, DeadMessageTopic topic, Actor actor)
      throws StoreException {
    var properties = new Properties();
    properties.putAll(connection);
    properties.putAll(
        Map.of(
            "acks",
            "all",
            "enable.idempotence",
            "true",
            "transactional.id",
            transactionalId(topic.name()),
            "max.request.size",
            MAX_REQUEST_BYTES));
    var session = new LetterSession(topic, actor, properties);
    try {
      session.producer.initTransactions();
      session.audit = topic.completeAudit();
      session.sequence = session.audit.lastSequence();
      return session;
    } catch (StoreException | RuntimeException e) {
      session.close();
      throw e;
    }
  }

  static String transactionalId(String topic) {
    return "onceflow-redrive." + topic;
  }

  /** What had been done when this session opened. */
  LetterAudit audit() {
    return audit;
  }

  void begin() {
    producer.beginTransaction();
    begun = true;
  }

  /** Sends the message again, under the next number. */
  AuditEntry redrive(Letter letter, String to, int priority, String because) {
    var target = new AuditEntry.Target(to, audit.producer(), ++sequence, priority);
    producer.send(message(letter, topic.place(letter.id()), target));
    return note(AuditEntry.REDRIVEN, letter, because, target);
  }

  /** Notes that the letter was given up. */
  AuditEntry discard(Letter letter, String because) {
    return note(AuditEntry.DISCARDED, letter, because, null);
  }

  private AuditEntry note(
      String action, Letter letter, String because, AuditEntry.Target redriven) {
    var message = letter.dead().message();
    var entry =
        new AuditEntry(
            action,
            topic.place(letter.id()),
            message.id(),
            message.producer(),
            message.sequence(),
            letter.dead().reason(),
            actor.user(),
            actor.run(),
            Instant.now().toEpochMilli(),
            because,
            redriven);
    producer.send(
        new ProducerRecord<>(
            topic.auditTopic(),
            letter.id().toString().getBytes(StandardCharsets.UTF_8),
            entry.toJson()));
    return entry;
  }

  /** When it returns, all since {@link #begin} is there. When it throws, all or nothing is. */
  void commit() {
    producer.commitTransaction();
    begun = false;
  }

  /**
   * The message as it goes to the input topic: its id, key, payload and headers as they were, a
   * producer and a number of its own, for under the old ones it would be a duplicate. The record
   * has no timestamp of its own, for the topic may keep records by their time, and it is old.
   *
   * @throws IllegalArgumentException when the message has no room for another header
   */
  static ProducerRecord<byte[], byte[]> message(
      Letter letter, AuditEntry.Place place, AuditEntry.Target target) {
    var message = letter.dead().message();
    var headers = new TreeMap<>(message.headers());
    headers.keySet().removeIf(WireHeaders::isOfDeadLetter);
    headers.put(WireHeaders.REDRIVE_OF, place.toString());
    var again =
        new Message(
            target.producer(),
            target.sequence(),
            message.id(),
            message.key(),
            target.priority(),
            message.eventTimeMs(),
            message.replyTo(),
            message.payload(),
            headers);
    var record = MessageFormat.record(target.topic(), again);
    return new ProducerRecord<>(
        record.topic(), null, null, record.key(), record.value(), record.headers());
  }

  /** Aborts what was begun and not committed, so that no reader waits for it. */
  @Override
  public void close() {
    try {
      if (begun) {
        producer.abortTransaction();
      }
    } catch (KafkaException | IllegalStateException theNextSessionDoesIt) {
      // It was fenced, or the commit was sent and not answered.
    } finally {
      producer.close(CLOSE_TIMEOUT);
    }
  }
}
