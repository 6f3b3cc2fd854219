package io.onceflow.producer.wire;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * The names of headers that Onceflow writes. All values are UTF-8 text, numbers in decimal. When a
 * name is there more than once, the last one counts.
 */
public final class WireHeaders {

  /** All names of Onceflow begin with it. */
  public static final String PREFIX = "onceflow-";

  /** Envelope: who sent the message. */
  public static final String PRODUCER = "onceflow-producer";

  /** Envelope: the producer's number of the message: 1, 2, 3 and so on. */
  public static final String SEQUENCE = "onceflow-sequence";

  /** Envelope: the idempotency key of its effect; without it the producer and the number. */
  public static final String ID = "onceflow-id";

  /** Envelope: 0, the most urgent, to 9; without it 5. */
  public static final String PRIORITY = "onceflow-priority";

  /** Envelope: when it happened, in milliseconds since 1970; without it the record's timestamp. */
  public static final String EVENT_TIME = "onceflow-event-time";

  /** Envelope: the topic for replies; without it nobody is told. */
  public static final String REPLY_TO = "onceflow-reply-to";

  /** Dead letter: the topic that the record was read from. */
  public static final String TOPIC = "onceflow-topic";

  /** Dead letter: the partition of that topic. */
  public static final String PARTITION = "onceflow-partition";

  /** Dead letter: the offset in that partition. */
  public static final String OFFSET = "onceflow-offset";

  /** Dead letter: the record's timestamp in milliseconds since 1970. */
  public static final String TIMESTAMP = "onceflow-timestamp";

  /** Dead letter: the stable code of why it is one. */
  public static final String REASON = "onceflow-reason";

  /** Dead letter of a decoder: why, for people. */
  public static final String DETAIL = "onceflow-detail";

  /** Dead letter of a retry: when the message came first, in milliseconds since 1970. */
  public static final String ARRIVED = "onceflow-arrived";

  /** Dead letter of a retry: when it was given up, in milliseconds since 1970. */
  public static final String ENDED = "onceflow-ended";

  /** Dead letter of a retry: all attempts as a JSON array, the first one first. */
  public static final String ATTEMPTS = "onceflow-attempts";

  /**
   * A message that was sent again by hand: its dead letter as {@code topic/partition/offset}. It is
   * one of the message's own headers, so the handler and a later dead letter have it too.
   */
  public static final String REDRIVE_OF = "onceflow-redrive-of";

  /** The names that make the envelope. */
  static final Set<String> ENVELOPE =
      Set.of(PRODUCER, SEQUENCE, ID, PRIORITY, EVENT_TIME, REPLY_TO);

  /** The names that say where a dead letter comes from. */
  static final Set<String> ORIGIN = Set.of(TOPIC, PARTITION, OFFSET, TIMESTAMP);

  /** The names that say why it is one. */
  static final Set<String> DEATH = Set.of(REASON, DETAIL, ARRIVED, ENDED, ATTEMPTS);

  private WireHeaders() {}

  /** Whether a dead letter adds this header to those of its record. */
  public static boolean isOfDeadLetter(String name) {
    return ORIGIN.contains(name) || DEATH.contains(name);
  }

  static void add(Headers headers, String name, String value) {
    headers.add(name, value.getBytes(StandardCharsets.UTF_8));
  }

  /** The last value of a name, or null. */
  static String text(Headers headers, String name) throws MalformedException {
    Header header = headers.lastHeader(name);
    return header == null ? null : text(header);
  }

  static String text(Header header) throws MalformedException {
    return utf8(header.value(), "invalid_header", "The header " + header.key());
  }

  /** The last value of a name as a number. */
  static long number(Headers headers, String name, String missing) throws MalformedException {
    String text = text(headers, name);
    if (text == null) {
      text = missing;
    }
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new MalformedException(
          "invalid_envelope",
          "The header %s needs a whole number, got %s.".formatted(name, excerpt(text)),
          e);
    }
  }

  /** Text, or nothing for no bytes at all. */
  static String utf8(byte[] bytes, String code, String what) throws MalformedException {
    if (bytes == null) {
      return "";
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new MalformedException(code, what + " is not UTF-8.", e);
    }
  }

  private static String excerpt(String text) {
    return text == null ? "none" : text.substring(0, Math.min(text.length(), 40));
  }
}
