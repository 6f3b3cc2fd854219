package io.onceflow.common.source;

import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * One Kafka record as it was read, before anybody tried to understand it.
 *
 * <p>Decoding happens in an operator and not in the source, because a source has no side output for
 * what it cannot decode. The arrays are the consumer's own and travel between chained operators
 * uncopied: nobody may change them.
 *
 * @param topic the topic it was read from
 * @param partition the partition of that topic
 * @param offset the offset in that partition; (topic, partition, offset) is the origin of the
 *     record and is unique
 * @param timestampMs the record's timestamp in milliseconds since the epoch, as the broker gave it
 * @param key the key's bytes, or null
 * @param value the value's bytes, or null for a tombstone
 * @param headers as they came; nobody changes the array either
 */
@TypeInfo(RawRecordSerializer.Factory.class)
public record RawRecord(
    String topic,
    int partition,
    long offset,
    long timestampMs,
    byte[] key,
    byte[] value,
    RawHeader[] headers) {

  /** A record without headers. */
  public RawRecord(
      String topic, int partition, long offset, long timestampMs, byte[] key, byte[] value) {
    this(topic, partition, offset, timestampMs, key, value, RawHeader.NONE);
  }
}
