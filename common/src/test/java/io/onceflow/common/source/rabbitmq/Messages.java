package io.onceflow.common.source.rabbitmq;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Messages to test with. */
final class Messages {

  private Messages() {}

  static RabbitMqMessage message(
      String queue, String id, String body, Map<String, String> headers) {
    return message(queue, id, body, headers, false);
  }

  static RabbitMqMessage message(
      String queue, String id, String body, Map<String, String> headers, boolean redelivered) {
    return new RabbitMqMessage(
        queue,
        RabbitMqMessage.NO_OFFSET,
        id,
        null,
        "app",
        null,
        "text/plain",
        RabbitMqMessage.NO_PRIORITY,
        1_790_000_000_000L,
        headers,
        redelivered,
        body.getBytes(StandardCharsets.UTF_8));
  }
}
