package io.onceflow.relay;

import java.util.Set;

/**
 * How properties of a RabbitMQ message are called among the headers of a Kafka record, and what of
 * a record a message has no place for.
 */
final class RelayHeaders {

  static final String MESSAGE_ID = "message-id";
  static final String CORRELATION_ID = "correlation-id";
  static final String REPLY_TO = "reply-to";
  static final String CONTENT_TYPE = "content-type";
  static final String PRIORITY = "priority";
  static final String APP_ID = "app-id";

  /** Of a message: the key of the record it came from. */
  static final String KAFKA_KEY = "kafka-key";

  /** The same for a key that is not UTF-8. */
  static final String KAFKA_KEY_BASE64 = "kafka-key-base64";

  /** Of a message: the record had no value, which is something else than an empty one. */
  static final String TOMBSTONE = "kafka-tombstone";

  /** Of a message: its time in milliseconds; AMQP's own property has seconds. */
  static final String TIMESTAMP = "timestamp_in_ms";

  /** Before a header of a record that is called like one of these. */
  static final String ESCAPE = "kafka-header-";

  /** What a message has of its record. */
  static final Set<String> OF_THE_RECORD =
      Set.of(KAFKA_KEY, KAFKA_KEY_BASE64, TOMBSTONE, TIMESTAMP);

  /** What the sink to RabbitMQ adds for itself. */
  static final Set<String> OF_THE_SINK = Set.of("onceflow-epoch", "onceflow-last");

  private RelayHeaders() {}
}
