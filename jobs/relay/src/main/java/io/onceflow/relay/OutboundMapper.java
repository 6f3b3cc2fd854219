package io.onceflow.relay;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.onceflow.common.sink.rabbitmq.RabbitMqMapper;
import io.onceflow.common.sink.rabbitmq.RabbitMqOutput;
import io.onceflow.common.source.RawHeader;
import io.onceflow.common.source.RawRecord;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;

/**
 * A record of a topic as a message of RabbitMQ: the value as the body, headers as headers and,
 * where there is one of that name, as the property; the key as a header. The id is that of the
 * header {@code message-id}, or topic, partition and offset, so it is the same whenever the record
 * is read.
 *
 * @param destination the stream, or the routing key
 */
record OutboundMapper(String destination) implements RabbitMqMapper<RawRecord> {

  private static final long serialVersionUID = 1L;
  private static final byte[] NOTHING = {};

  @Override
  public RabbitMqOutput outputOf(RawRecord record) {
    Map<String, String> headers = headers(record);
    String id = headers.remove(RelayHeaders.MESSAGE_ID);
    String priority = headers.remove(RelayHeaders.PRIORITY);
    boolean hasPriority = priority != null && priority.matches("[0-9]{1,3}");
    if (priority != null && !hasPriority) {
      headers.put(RelayHeaders.PRIORITY, priority);
    }
    return new RabbitMqOutput(
        destination,
        record.value() == null ? NOTHING : record.value(),
        id == null || id.isEmpty() ? origin(record) : id,
        headers.remove(RelayHeaders.CORRELATION_ID),
        headers.remove(RelayHeaders.REPLY_TO),
        headers.remove(RelayHeaders.CONTENT_TYPE),
        hasPriority ? Integer.parseInt(priority) : -1,
        record.timestampMs(),
        headers);
  }

  private static String origin(RawRecord record) {
    return "%s/%d/%d".formatted(record.topic(), record.partition(), record.offset());
  }

  private static Map<String, String> headers(RawRecord record) {
    Map<String, String> headers = new TreeMap<>();
    for (RawHeader header : record.headers()) {
      String name = header.name();
      boolean isOurs =
          RelayHeaders.OF_THE_RECORD.contains(name) || name.startsWith(RelayHeaders.ESCAPE);
      headers.put(
          isOurs ? RelayHeaders.ESCAPE + name : name,
          header.value() == null ? "" : new String(header.value(), UTF_8));
    }
    if (record.key() != null) {
      putKey(headers, record.key());
    }
    if (record.value() == null) {
      headers.put(RelayHeaders.TOMBSTONE, "true");
    }
    headers.put(RelayHeaders.TIMESTAMP, Long.toString(record.timestampMs()));
    return headers;
  }

  private static void putKey(Map<String, String> headers, byte[] key) {
    try {
      String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(key)).toString();
      headers.put(RelayHeaders.KAFKA_KEY, text);
    } catch (CharacterCodingException e) {
      headers.put(RelayHeaders.KAFKA_KEY_BASE64, Base64.getEncoder().encodeToString(key));
    }
  }
}
