package io.onceflow.common.source.rabbitmq;

import com.rabbitmq.stream.Message;
import com.rabbitmq.stream.Properties;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * Messages of streams as they came, in AMQP 1.0. Never fails: what cannot be read has the header
 * {@value #UNREADABLE} with the reason, and as its body whatever there is.
 */
final class StreamMessages {

  /** The header of what could not be read. */
  static final String UNREADABLE = "onceflow-unreadable";

  private static final byte[] EMPTY = {};

  private StreamMessages() {}

  static RabbitMqMessage of(String stream, long offset, long takenMs, Message message) {
    Map<String, String> headers = new HashMap<>();
    try {
      return readable(stream, offset, takenMs, message, headers);
    } catch (RuntimeException e) {
      headers.put(UNREADABLE, Reasons.of(e));
      return bare(stream, offset, takenMs, headers, body(message, headers));
    }
  }

  private static RabbitMqMessage readable(
      String stream, long offset, long takenMs, Message message, Map<String, String> headers) {
    byte[] body = body(message, headers);
    headers.putAll(HeaderText.of(message.getApplicationProperties()));
    HeaderText.of(message.getMessageAnnotations()).forEach(headers::putIfAbsent);
    var properties = message.getProperties();
    if (properties == null) {
      return bare(stream, offset, takenMs, headers, body);
    }
    addTo(headers, properties);
    return new RabbitMqMessage(
        stream,
        offset,
        HeaderText.orNull(properties.getMessageId()),
        HeaderText.orNull(properties.getCorrelationId()),
        null,
        properties.getReplyTo(),
        properties.getContentType(),
        RabbitMqMessage.NO_PRIORITY,
        properties.getCreationTime() > 0 ? properties.getCreationTime() : takenMs,
        headers,
        false,
        body);
  }

  private static void addTo(Map<String, String> headers, Properties properties) {
    AmqpMessages.add(headers, "amqp-content-encoding", properties.getContentEncoding());
    AmqpMessages.add(headers, "amqp-user-id", properties.getUserId());
    AmqpMessages.add(headers, "amqp-subject", properties.getSubject());
    AmqpMessages.add(headers, "amqp-to", properties.getTo());
    AmqpMessages.add(headers, "amqp-group-id", properties.getGroupId());
  }

  private static RabbitMqMessage bare(
      String stream, long offset, long takenMs, Map<String, String> headers, byte[] body) {
    return new RabbitMqMessage(
        stream,
        offset,
        null,
        null,
        null,
        null,
        null,
        RabbitMqMessage.NO_PRIORITY,
        takenMs,
        headers,
        false,
        body);
  }

  /** A body may also be a value or a sequence, which become text. */
  private static byte[] body(Message message, Map<String, String> headers) {
    try {
      byte[] bytes = message.getBodyAsBinary();
      return bytes == null ? EMPTY : bytes;
    } catch (RuntimeException e) {
      headers.put(UNREADABLE, "The body is no data: " + Reasons.of(e));
      return valueOf(message);
    }
  }

  private static byte[] valueOf(Message message) {
    try {
      return String.valueOf(message.getBody()).getBytes(StandardCharsets.UTF_8);
    } catch (RuntimeException e) {
      return EMPTY;
    }
  }
}
