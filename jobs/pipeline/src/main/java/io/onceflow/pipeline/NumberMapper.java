package io.onceflow.pipeline;

import io.onceflow.common.sink.kafka.RecordMapper;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * A number as a record of the output topic: decimal digits, with the key and the timestamp of the
 * record it came from.
 *
 * @param topic the output topic
 */
record NumberMapper(String topic) implements RecordMapper<NumberRecord> {

  private static final long serialVersionUID = 1L;

  @Override
  public ProducerRecord<byte[], byte[]> recordOf(NumberRecord record) {
    return new ProducerRecord<>(
        topic,
        null,
        record.timestampMs() < 0 ? null : record.timestampMs(),
        record.key(),
        Long.toString(record.number()).getBytes(StandardCharsets.US_ASCII));
  }
}
