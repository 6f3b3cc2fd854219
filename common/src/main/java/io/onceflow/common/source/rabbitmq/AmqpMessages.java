package io.onceflow.common.source.rabbitmq;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Envelope;
import java.util.Map;
import java.util.Set;

/** Messages of queues as they came over AMQP 0-9-1. Never fails, whatever a producer wrote. */
final class AmqpMessages {

  /** What the server counts up with each delivery of a quorum queue. */
  static final Set<String> COUNTS_OF_THE_SERVER = Set.of("x-delivery-count", "x-acquired-count");

  private AmqpMessages() {}

  static RabbitMqMessage of(
      String queue, Envelope envelope, BasicProperties properties, byte[] body) {
    return new RabbitMqMessage(
        queue,
        RabbitMqMessage.NO_OFFSET,
        properties.getMessageId(),
        properties.getCorrelationId(),
        properties.getAppId(),
        properties.getReplyTo(),
        properties.getContentType(),
        properties.getPriority() == null
            ? RabbitMqMessage.NO_PRIORITY
            : properties.getPriority() & 0xff,
        properties.getTimestamp() == null
            ? RabbitMqMessage.NO_TIMESTAMP
            : properties.getTimestamp().getTime(),
        headers(envelope, properties),
        envelope.isRedeliver(),
        body == null ? new byte[0] : body);
  }

  private static Map<String, String> headers(Envelope envelope, BasicProperties properties) {
    Map<String, String> headers = HeaderText.of(properties.getHeaders());
    add(headers, "amqp-exchange", envelope.getExchange());
    add(headers, "amqp-routing-key", envelope.getRoutingKey());
    add(headers, "amqp-type", properties.getType());
    add(headers, "amqp-content-encoding", properties.getContentEncoding());
    add(headers, "amqp-user-id", properties.getUserId());
    add(headers, "amqp-expiration", properties.getExpiration());
    return headers;
  }

  /** A header of the producer's own goes first. */
  static void add(Map<String, String> headers, String name, Object value) {
    if (value != null) {
      headers.putIfAbsent(name, HeaderText.of(value));
    }
  }
}
