package io.onceflow.common.sink.kafka;

import io.onceflow.common.commit.RowRejectedException;
import java.io.Serializable;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Makes the record of a value: topic, partition, timestamp, key, value and headers, all of which
 * are kept. Without a partition the hash of the key chooses it, as Kafka's own producer does;
 * without a timestamp the record gets the time of the commit. Must be a pure function; called on
 * the task's thread.
 *
 * @param <T> the stream's type
 */
@FunctionalInterface
public interface RecordMapper<T> extends Serializable {

  /**
   * @throws RowRejectedException when the value can never become a record
   */
  ProducerRecord<byte[], byte[]> recordOf(T value) throws RowRejectedException;
}
