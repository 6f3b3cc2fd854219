package io.onceflow.producer;

import io.onceflow.producer.wire.Message;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/**
 * What an application wants to be sent; producer, number and reply topic are the sender's matter.
 *
 * @param id the idempotency key of its effect, unique
 * @param key whose order is kept, the key of the record; an empty text for none
 * @param priority 0, the most urgent, to 9
 * @param eventTimeMs when it happened, in milliseconds since 1970
 * @param payload the bytes; nobody changes them
 * @param headers names and values; names that begin with {@code onceflow-} are Onceflow's
 */
public record OutboxMessage(
    String id,
    String key,
    int priority,
    long eventTimeMs,
    byte[] payload,
    Map<String, String> headers) {

  /** The job adds where it has read the message from. */
  private static final int MAX_HEADERS = Message.MAX_HEADERS - 4;

  /**
   * @throws IllegalArgumentException when a field is outside of the limits of {@link Message}
   */
  public OutboxMessage {
    headers = new Message("p", 1, id, key, priority, eventTimeMs, "", payload, headers).headers();
    if (headers.size() > MAX_HEADERS) {
      throw new IllegalArgumentException(
          "A message of an outbox has at most %d headers, got %d."
              .formatted(MAX_HEADERS, headers.size()));
    }
  }

  /** A message of now with a random id, the middle priority and no headers. */
  public static OutboxMessage of(String key, byte[] payload) {
    return new OutboxMessage(
        UUID.randomUUID().toString(),
        key,
        Message.DEFAULT_PRIORITY,
        System.currentTimeMillis(),
        payload,
        Map.of());
  }

  /** The same with another id. */
  public OutboxMessage withId(String other) {
    return new OutboxMessage(other, key, priority, eventTimeMs, payload, headers);
  }

  /** The same with another priority. */
  public OutboxMessage withPriority(int other) {
    return new OutboxMessage(id, key, other, eventTimeMs, payload, headers);
  }

  /** The same with other headers. */
  public OutboxMessage withHeaders(Map<String, String> others) {
    return new OutboxMessage(id, key, priority, eventTimeMs, payload, others);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof OutboxMessage message
        && priority == message.priority
        && eventTimeMs == message.eventTimeMs
        && id.equals(message.id)
        && key.equals(message.key)
        && headers.equals(message.headers)
        && Arrays.equals(payload, message.payload);
  }

  @Override
  public int hashCode() {
    return Objects.hash(id, key);
  }

  @Override
  public String toString() {
    return "message %s (key %s, %d bytes)".formatted(id, key, payload.length);
  }
}
