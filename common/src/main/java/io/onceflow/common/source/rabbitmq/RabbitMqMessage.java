package io.onceflow.common.source.rabbitmq;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * One message as it was read, before anybody tried to understand it. The body is the client's own
 * array and travels between chained operators uncopied: nobody may change it.
 *
 * <p>Properties that have no field here are among the headers, where no header of that name is:
 * {@code amqp-exchange}, {@code amqp-routing-key}, {@code amqp-type}, {@code
 * amqp-content-encoding}, {@code amqp-user-id}, {@code amqp-expiration}; of a stream {@code
 * amqp-subject}, {@code amqp-to}, {@code amqp-group-id} and {@code amqp-user-id}. {@link
 * HeaderText} says how values become text.
 *
 * @param queue the queue or stream it was read from
 * @param offset the offset in a stream, -1 in a queue
 * @param messageId the producer's id of the message, or null
 * @param correlationId what it answers, or null
 * @param appId who sent it, or null
 * @param replyTo where an answer is expected, or null
 * @param contentType of the body, or null
 * @param priority 0 to 255, or -1 when there is none
 * @param timestampMs when it was sent, in milliseconds since the epoch: the producer's time, which
 *     a queue keeps in seconds; in a stream without one the time at which the server took it; -1
 *     when there is none
 * @param headers names and values
 * @param redelivered whether the server had delivered it before, perhaps to another reader
 * @param body the bytes, never null
 */
@TypeInfo(RabbitMqMessageSerializer.Factory.class)
public record RabbitMqMessage(
    String queue,
    long offset,
    String messageId,
    String correlationId,
    String appId,
    String replyTo,
    String contentType,
    int priority,
    long timestampMs,
    Map<String, String> headers,
    boolean redelivered,
    byte[] body) {

  /** The offset of what comes from a queue. */
  public static final long NO_OFFSET = -1;

  /** The time of a message that has none. */
  public static final long NO_TIMESTAMP = -1;

  /** The priority of a message that has none. */
  public static final int NO_PRIORITY = -1;

  /** Checks that queue, headers and body are there. */
  public RabbitMqMessage {
    Objects.requireNonNull(queue, "queue");
    Objects.requireNonNull(body, "body");
    headers = Map.copyOf(headers);
  }

  /** Whether all fields are equal, the body by its bytes. */
  @Override
  public boolean equals(Object other) {
    return other instanceof RabbitMqMessage message
        && fields().equals(message.fields())
        && Arrays.equals(body, message.body);
  }

  @Override
  public int hashCode() {
    return 31 * fields().hashCode() + Arrays.hashCode(body);
  }

  private List<Object> fields() {
    return Arrays.asList(
        queue,
        offset,
        messageId,
        correlationId,
        appId,
        replyTo,
        contentType,
        priority,
        timestampMs,
        headers,
        redelivered);
  }
}
