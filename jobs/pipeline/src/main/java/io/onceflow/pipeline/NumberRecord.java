package io.onceflow.pipeline;

import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * A record whose value is a number.
 *
 * @param key the record's key as it was read, or null; nobody changes the array
 * @param number the value
 * @param timestampMs the record's timestamp in milliseconds since the epoch; negative when it has
 *     none
 */
@TypeInfo(NumberSerializer.Factory.class)
public record NumberRecord(byte[] key, long number, long timestampMs) {

  /** The same record with another value. */
  public NumberRecord withNumber(long other) {
    return new NumberRecord(key, other, timestampMs);
  }
}
