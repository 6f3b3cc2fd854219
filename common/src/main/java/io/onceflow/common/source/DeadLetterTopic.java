package io.onceflow.common.source;

import io.onceflow.common.sink.kafka.KafkaSinkConfig;
import io.onceflow.common.sink.kafka.KafkaSinks;
import io.onceflow.producer.wire.WireHeaders;
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;

/**
 * Dead letters in a Kafka topic, written in the epoch of the records around them.
 *
 * <p>Key, value and headers are the original ones, so that a record can be sent again as it was;
 * where it came from and why it is here stands in further headers, as UTF-8 text. The record's own
 * timestamp is in a header and not the timestamp of the dead letter, which retention counts from.
 *
 * <p>Limit: a dead letter is larger than its record by the headers, at most 2 KiB. The topic's
 * {@code max.message.bytes} must exceed the source topic's by that much, or a bad record of the
 * largest size stops the job.
 */
public final class DeadLetterTopic {

  /** The topic it was read from. */
  public static final String TOPIC = WireHeaders.TOPIC;

  /** The partition, in decimal. */
  public static final String PARTITION = WireHeaders.PARTITION;

  /** The offset, in decimal. */
  public static final String OFFSET = WireHeaders.OFFSET;

  /** The record's timestamp in milliseconds since the epoch, in decimal. */
  public static final String TIMESTAMP = WireHeaders.TIMESTAMP;

  /** The stable code. */
  public static final String REASON = WireHeaders.REASON;

  /** One escaped line of at most 256 characters. */
  public static final String DETAIL = WireHeaders.DETAIL;

  private DeadLetterTopic() {}

  /** A sink that writes each dead letter exactly once. */
  public static Sink<DeadLetter> kafkaSink(KafkaSinkConfig config, ReadableConfig job) {
    String topic = config.topic();
    return KafkaSinks.exactlyOnce(config, job, letter -> record(topic, letter));
  }

  /** The form of a dead letter in Kafka. */
  static ProducerRecord<byte[], byte[]> record(String topic, DeadLetter letter) {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(topic, letter.key(), letter.value());
    Headers headers = record.headers();
    for (RawHeader header : letter.headers()) {
      // A record that was a dead letter before says only why it is one now.
      if (!WireHeaders.isOfDeadLetter(header.name())) {
        headers.add(header.name(), header.value());
      }
    }
    add(headers, TOPIC, letter.topic());
    add(headers, PARTITION, Integer.toString(letter.partition()));
    add(headers, OFFSET, Long.toString(letter.offset()));
    add(headers, TIMESTAMP, Long.toString(letter.timestampMs()));
    add(headers, REASON, letter.code());
    add(headers, DETAIL, letter.detail());
    return record;
  }

  private static void add(Headers headers, String name, String value) {
    headers.add(name, value.getBytes(StandardCharsets.UTF_8));
  }
}
