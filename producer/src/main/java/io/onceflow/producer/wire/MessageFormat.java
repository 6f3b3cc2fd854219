package io.onceflow.producer.wire;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * A message as a Kafka record: the payload is the value, the key is the key, the envelope is in the
 * headers of {@link WireHeaders}; all other headers are the message's own, and must be UTF-8.
 *
 * <p>Only the producer and the number are required; a record without the others has their defaults.
 */
public final class MessageFormat {

  private MessageFormat() {}

  /** The record of a message. Its timestamp is the event time. */
  public static ProducerRecord<byte[], byte[]> record(String topic, Message message) {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(
            topic,
            null,
            Math.max(0, message.eventTimeMs()),
            message.key().getBytes(StandardCharsets.UTF_8),
            message.payload());
    write(message, record.headers());
    return record;
  }

  static void write(Message message, Headers headers) {
    WireHeaders.add(headers, WireHeaders.PRODUCER, message.producer());
    WireHeaders.add(headers, WireHeaders.SEQUENCE, Long.toString(message.sequence()));
    WireHeaders.add(headers, WireHeaders.ID, message.id());
    WireHeaders.add(headers, WireHeaders.PRIORITY, Integer.toString(message.priority()));
    WireHeaders.add(headers, WireHeaders.EVENT_TIME, Long.toString(message.eventTimeMs()));
    if (!message.replyTo().isEmpty()) {
      WireHeaders.add(headers, WireHeaders.REPLY_TO, message.replyTo());
    }
    // Sorted, so that equal messages have equal records.
    for (Map.Entry<String, String> header : new TreeMap<>(message.headers()).entrySet()) {
      if (!WireHeaders.ENVELOPE.contains(header.getKey())) {
        WireHeaders.add(headers, header.getKey(), header.getValue());
      }
    }
  }

  /**
   * Reads a message. Headers of an earlier life as a dead letter are left out.
   *
   * @param timestampMs the record's timestamp
   * @throws MalformedException when the record is none, with a code: {@code no_value}, {@code
   *     no_envelope}, {@code invalid_envelope}, {@code invalid_header} or {@code invalid_key}
   */
  public static Message read(byte[] key, byte[] value, Headers headers, long timestampMs)
      throws MalformedException {
    return read(key, value, headers, timestampMs, false);
  }

  static Message read(
      byte[] key, byte[] value, Headers headers, long timestampMs, boolean withOrigin)
      throws MalformedException {
    if (value == null) {
      throw new MalformedException("no_value", "The record has no value.");
    }
    String producer = WireHeaders.text(headers, WireHeaders.PRODUCER);
    if (producer == null || headers.lastHeader(WireHeaders.SEQUENCE) == null) {
      throw new MalformedException(
          "no_envelope",
          "The record lacks the header %s or %s."
              .formatted(WireHeaders.PRODUCER, WireHeaders.SEQUENCE));
    }
    long sequence = WireHeaders.number(headers, WireHeaders.SEQUENCE, null);
    long priority =
        WireHeaders.number(
            headers, WireHeaders.PRIORITY, Integer.toString(Message.DEFAULT_PRIORITY));
    String id = WireHeaders.text(headers, WireHeaders.ID);
    String replyTo = WireHeaders.text(headers, WireHeaders.REPLY_TO);
    try {
      return new Message(
          producer,
          sequence,
          id == null ? producer + "-" + sequence : id,
          WireHeaders.utf8(key, "invalid_key", "The key"),
          Math.toIntExact(priority),
          WireHeaders.number(headers, WireHeaders.EVENT_TIME, Long.toString(timestampMs)),
          replyTo == null ? "" : replyTo,
          value,
          others(headers, withOrigin));
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new MalformedException("invalid_envelope", e.getMessage(), e);
    }
  }

  private static Map<String, String> others(Headers headers, boolean withOrigin)
      throws MalformedException {
    Map<String, String> others = new HashMap<>();
    for (Header header : headers) {
      String name = header.key();
      boolean left =
          WireHeaders.ENVELOPE.contains(name)
              || WireHeaders.DEATH.contains(name)
              || (!withOrigin && WireHeaders.ORIGIN.contains(name));
      if (!left) {
        others.put(name, WireHeaders.text(header));
      }
    }
    return others;
  }
}
