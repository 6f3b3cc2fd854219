package io.onceflow.producer.wire;

import java.util.Arrays;
import java.util.Map;
import java.util.Objects;

/**
 * A message as its producer sends it. Producer and sequence identify it: a second one with the same
 * two is a duplicate and has no second effect. It is sent again under the same key.
 *
 * @param producer who sends it
 * @param sequence the producer's own number of it: 1, 2, 3 and so on, without gaps
 * @param id the idempotency key of its effect, the same for all attempts
 * @param key whose order is kept; the key of the record
 * @param priority 0, the most urgent, to {@value #LEAST_PRIORITY}
 * @param eventTimeMs when it happened, in milliseconds since 1970
 * @param replyTo the topic where the producer wants its acknowledgements, or an empty text
 * @param payload the bytes; nobody changes them
 * @param headers names and values besides the envelope
 */
public record Message(
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
  public static final int LEAST_PRIORITY = 9;

  /** The priority of a message that has none. */
  public static final int DEFAULT_PRIORITY = 5;

  /** The longest producer, id, key, reply address or header name, in characters. */
  public static final int MAX_NAME_CHARS = 1024;

  /** The longest value of a header, in characters. */
  public static final int MAX_HEADER_CHARS = 8192;

  /** How many headers a message has at most, besides the envelope. */
  public static final int MAX_HEADERS = 64;

  /** The largest payload. */
  public static final int MAX_PAYLOAD_BYTES = 16 << 20;

  /**
   * @throws IllegalArgumentException when a field is outside of its limits
   */
  public Message {
    require("producer", producer, MAX_NAME_CHARS, 1);
    require("id", id, MAX_NAME_CHARS, 1);
    require("key", key, MAX_NAME_CHARS, 0);
    require("reply address", replyTo, MAX_NAME_CHARS, 0);
    Objects.requireNonNull(payload, "payload");
    if (sequence < 1 || priority < 0 || priority > LEAST_PRIORITY) {
      throw new IllegalArgumentException(
          "A message needs a sequence from 1 and a priority from 0 to %d, got %d and %d."
              .formatted(LEAST_PRIORITY, sequence, priority));
    }
    if (payload.length > MAX_PAYLOAD_BYTES || headers.size() > MAX_HEADERS) {
      throw new IllegalArgumentException(
          "A message has at most %d bytes and %d headers, got %d and %d."
              .formatted(MAX_PAYLOAD_BYTES, MAX_HEADERS, payload.length, headers.size()));
    }
    headers = Map.copyOf(headers);
    headers.forEach(
        (name, value) -> {
          require("header name", name, MAX_NAME_CHARS, 1);
          require("header", value, MAX_HEADER_CHARS, 0);
        });
  }

  private static void require(String what, String text, int maxChars, int minChars) {
    if (text == null || text.length() < minChars || text.length() > maxChars) {
      throw new IllegalArgumentException(
          "The %s of a message needs %d to %d characters, got %s."
              .formatted(what, minChars, maxChars, text == null ? "null" : text.length()));
    }
  }

  /** The same with other headers. */
  public Message withHeaders(Map<String, String> others) {
    return new Message(
        producer, sequence, id, key, priority, eventTimeMs, replyTo, payload, others);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Message message
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
