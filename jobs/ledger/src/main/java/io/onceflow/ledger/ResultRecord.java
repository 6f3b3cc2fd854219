package io.onceflow.ledger;

import io.onceflow.common.sink.kafka.RecordMapper;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * A result as a record of the results topic: keyed by group, so that a group's results are in one
 * partition in their order, and with the log's time.
 *
 * @param topic the results topic
 */
record ResultRecord(String topic) implements RecordMapper<ResultRow> {

  private static final long serialVersionUID = 1L;
  private static final ResultJson JSON = new ResultJson();

  @Override
  public ProducerRecord<byte[], byte[]> recordOf(ResultRow row) {
    return new ProducerRecord<>(
        topic,
        null,
        row.logTimeMs(),
        row.group().getBytes(StandardCharsets.US_ASCII),
        JSON.serialize(row));
  }
}
