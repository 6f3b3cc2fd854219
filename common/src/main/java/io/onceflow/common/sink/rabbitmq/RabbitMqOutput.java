package io.onceflow.common.sink.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * A message to be published. Texts that are null are left out.
 *
 * @param destination the stream, or the routing key for queues
 * @param body the bytes; nobody changes them
 * @param messageId null: the sink gives it one that is the same whenever it is published
 * @param correlationId the message that it answers
 * @param replyTo where an answer is expected
 * @param contentType the MIME type of the body
 * @param priority 0 to 255, or -1 for none
 * @param timestampMs when it was created, in milliseconds since the epoch, or -1
 * @param headers names and texts; {@code onceflow-epoch} and {@code onceflow-last} are the sink's
 *     own
 */
public record RabbitMqOutput(
    String destination,
    byte[] body,
    String messageId,
    String correlationId,
    String replyTo,
    String contentType,
    int priority,
    long timestampMs,
    Map<String, String> headers) {

  /** Copies the headers, in the order of their names. */
  public RabbitMqOutput {
    Objects.requireNonNull(destination, "destination");
    Objects.requireNonNull(body, "body");
    headers = new TreeMap<>(headers);
  }

  /** A message without properties. */
  public static RabbitMqOutput of(String destination, byte[] body) {
    return new RabbitMqOutput(destination, body, null, null, null, null, -1, -1, Map.of());
  }

  /** A text, in UTF-8. */
  public static RabbitMqOutput text(String destination, String body) {
    return of(destination, body.getBytes(UTF_8)).withContentType("text/plain");
  }

  /** The same with an id of the caller's; equal ids are taken for the same message. */
  public RabbitMqOutput withMessageId(String id) {
    return new RabbitMqOutput(
        destination, body, id, correlationId, replyTo, contentType, priority, timestampMs, headers);
  }

  /** The same with a correlation id and a reply address. */
  public RabbitMqOutput answering(String otherCorrelationId, String otherReplyTo) {
    return new RabbitMqOutput(
        destination,
        body,
        messageId,
        otherCorrelationId,
        otherReplyTo,
        contentType,
        priority,
        timestampMs,
        headers);
  }

  /** The same with a MIME type. */
  public RabbitMqOutput withContentType(String type) {
    return new RabbitMqOutput(
        destination, body, messageId, correlationId, replyTo, type, priority, timestampMs, headers);
  }

  /** The same with a priority. */
  public RabbitMqOutput withPriority(int other) {
    return new RabbitMqOutput(
        destination,
        body,
        messageId,
        correlationId,
        replyTo,
        contentType,
        other,
        timestampMs,
        headers);
  }

  /** The same with a time of creation. */
  public RabbitMqOutput withTimestampMs(long ms) {
    return new RabbitMqOutput(
        destination, body, messageId, correlationId, replyTo, contentType, priority, ms, headers);
  }

  /** The same with these headers. */
  public RabbitMqOutput withHeaders(Map<String, String> others) {
    return new RabbitMqOutput(
        destination,
        body,
        messageId,
        correlationId,
        replyTo,
        contentType,
        priority,
        timestampMs,
        others);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RabbitMqOutput that
        && destination.equals(that.destination)
        && Arrays.equals(body, that.body)
        && Objects.equals(messageId, that.messageId)
        && Objects.equals(correlationId, that.correlationId)
        && Objects.equals(replyTo, that.replyTo)
        && Objects.equals(contentType, that.contentType)
        && priority == that.priority
        && timestampMs == that.timestampMs
        && headers.equals(that.headers);
  }

  @Override
  public int hashCode() {
    return Objects.hash(destination, messageId, Arrays.hashCode(body));
  }

  /** For a person; a body that is not UTF-8 is shown as such. */
  @Override
  public String toString() {
    return "to %s, id %s, headers %s: %s"
        .formatted(destination, messageId, headers, new String(body, UTF_8));
  }
}
