package io.onceflow.common.retry;

import io.onceflow.producer.wire.Message;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * A message as its producer sent it. Producer and sequence identify it: a second message with the
 * same two is a duplicate and has no second effect. A producer sends the same message again under
 * the same key.
 *
 * @param producer who sent it
 * @param sequence the producer's own number of it: 1, 2, 3 and so on, without gaps
 * @param id the idempotency key of its effect, the same for all attempts
 * @param key whose order is kept
 * @param priority 0, the most urgent, to {@value #LEAST_PRIORITY}
 * @param eventTimeMs when it happened, in milliseconds since the epoch; the timestamp of its result
 * @param replyTo where the producer wants its acknowledgement, or an empty text
 * @param payload the bytes; nobody changes them
 * @param headers names and values
 */
@TypeInfo(RetryTypes.MessageFactory.class)
public record RetryMessage(
    String producer,
    long sequence,
    String id,
    String key,
    int priority,
    long eventTimeMs,
    String replyTo,
    byte[] payload,
    Map<String, String> headers) {

  /** The priority that waits longest. */
  public static final int LEAST_PRIORITY = Message.LEAST_PRIORITY;

  /** The longest producer, id, key, reply address or header name, in characters. */
  public static final int MAX_NAME_CHARS = Message.MAX_NAME_CHARS;

  /** The longest value of a header, in characters. */
  public static final int MAX_HEADER_CHARS = Message.MAX_HEADER_CHARS;

  /** How many headers a message has at most. */
  public static final int MAX_HEADERS = Message.MAX_HEADERS;

  /** The largest payload. */
  public static final int MAX_PAYLOAD_BYTES = Message.MAX_PAYLOAD_BYTES;

  /** What an entry costs besides its bytes, roughly. */
  private static final int OVERHEAD_BYTES = 256;

  /**
   * @throws IllegalArgumentException when a field is outside of its limits; where messages come
   *     from outside, make this a dead letter of the decoder
   */
  public RetryMessage {
    // The wire's limits, written once.
    headers =
        new Message(producer, sequence, id, key, priority, eventTimeMs, replyTo, payload, headers)
            .headers();
  }

  /** What it takes to keep it, roughly. */
  int sizeBytes() {
    int chars = producer.length() + id.length() + key.length() + replyTo.length();
    for (var header : headers.entrySet()) {
      chars += header.getKey().length() + header.getValue().length();
    }
    return OVERHEAD_BYTES + chars + payload.length;
  }

  /** Producer and sequence in one text; no two messages share it. */
  String identity() {
    return sequence + "/" + producer;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RetryMessage message
        && sequence == message.sequence
        && priority == message.priority
        && eventTimeMs == message.eventTimeMs
        && producer.equals(message.producer)
        && id.equals(message.id)
        && key.equals(message.key)
        && replyTo.equals(message.replyTo)
        && headers.equals(message.headers)
        && Arrays.equals(payload, message.payload);
  }

  @Override
  public int hashCode() {
    return Objects.hash(producer, sequence);
  }

  @Override
  public String toString() {
    return "message %d of %s (id %s, key %s, %d bytes)"
        .formatted(sequence, producer, id, key, payload.length);
  }
}
