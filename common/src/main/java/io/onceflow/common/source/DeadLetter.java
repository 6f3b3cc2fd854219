package io.onceflow.common.source;

import io.onceflow.common.config.OneLine;

/**
 * A record that could not be decoded, exactly as it was read, and why.
 *
 * <p>A Java record is a Flink POJO, so this type never falls back to Kryo.
 *
 * @param topic the topic it was read from
 * @param partition the partition of that topic
 * @param offset the offset in that partition
 * @param timestampMs the record's timestamp in milliseconds since the epoch
 * @param key the key's bytes, or null
 * @param value the value's bytes, or null
 * @param headers its headers
 * @param code why, for machines
 * @param detail why, for people: one line of at most {@value OneLine#MAX_CHARS} characters
 */
public record DeadLetter(
    String topic,
    int partition,
    long offset,
    long timestampMs,
    byte[] key,
    byte[] value,
    RawHeader[] headers,
    String code,
    String detail) {

  static DeadLetter of(RawRecord record, String code, String detail) {
    return new DeadLetter(
        record.topic(),
        record.partition(),
        record.offset(),
        record.timestampMs(),
        record.key(),
        record.value(),
        record.headers(),
        OneLine.of(code),
        OneLine.of(detail));
  }
}
