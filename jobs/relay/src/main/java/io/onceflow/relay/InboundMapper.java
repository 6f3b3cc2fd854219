package io.onceflow.relay;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.onceflow.common.sink.kafka.RecordMapper;
import io.onceflow.common.source.rabbitmq.RabbitMqMessage;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * A message of RabbitMQ as a record of a topic: the body as it is, properties and headers as
 * headers, the time as the timestamp. The key is the one that the message had in Kafka before, or
 * else its id, or none.
 *
 * @param topic where to
 */
record InboundMapper(String topic) implements RecordMapper<RabbitMqMessage> {

  private static final long serialVersionUID = 1L;

  @Override
  public ProducerRecord<byte[], byte[]> recordOf(RabbitMqMessage message) {
    Map<String, String> headers = new TreeMap<>(message.headers());
    headers.keySet().removeAll(RelayHeaders.OF_THE_SINK);
    byte[] key = key(headers, message.messageId());
    Long timestamp = timestamp(headers.remove(RelayHeaders.TIMESTAMP), message.timestampMs());
    boolean isTombstone =
        message.body().length == 0 && headers.remove(RelayHeaders.TOMBSTONE) != null;
    put(headers, RelayHeaders.MESSAGE_ID, message.messageId());
    put(headers, RelayHeaders.CORRELATION_ID, message.correlationId());
    put(headers, RelayHeaders.REPLY_TO, message.replyTo());
    put(headers, RelayHeaders.CONTENT_TYPE, message.contentType());
    put(headers, RelayHeaders.APP_ID, message.appId());
    if (message.priority() >= 0) {
      put(headers, RelayHeaders.PRIORITY, Integer.toString(message.priority()));
    }
    var record =
        new ProducerRecord<byte[], byte[]>(
            topic, null, timestamp, key, isTombstone ? null : message.body());
    headers.forEach((name, value) -> record.headers().add(unescaped(name), value.getBytes(UTF_8)));
    return record;
  }

  private static String unescaped(String name) {
    return name.startsWith(RelayHeaders.ESCAPE)
        ? name.substring(RelayHeaders.ESCAPE.length())
        : name;
  }

  private static byte[] key(Map<String, String> headers, String id) {
    String text = headers.remove(RelayHeaders.KAFKA_KEY);
    String base64 = headers.remove(RelayHeaders.KAFKA_KEY_BASE64);
    if (base64 != null) {
      try {
        return Base64.getDecoder().decode(base64);
      } catch (IllegalArgumentException notOurs) {
        headers.put(RelayHeaders.KAFKA_KEY_BASE64, base64);
      }
    }
    if (text != null) {
      return text.getBytes(UTF_8);
    }
    return id == null ? null : id.getBytes(UTF_8);
  }

  /** Null: the time of the commit. */
  private static Long timestamp(String text, long propertyMs) {
    if (text != null && text.matches("[0-9]{1,15}")) {
      return Long.parseLong(text);
    }
    return propertyMs < 0 ? null : propertyMs;
  }

  private static void put(Map<String, String> headers, String name, String value) {
    if (value != null) {
      headers.put(name, value);
    }
  }
}
