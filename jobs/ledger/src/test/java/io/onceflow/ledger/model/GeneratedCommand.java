package io.onceflow.ledger.model;

import io.onceflow.common.source.RawRecord;
import java.nio.charset.StandardCharsets;

/**
 * A record for the commands topic.
 *
 * @param group the Kafka key
 * @param json the value; not always JSON
 * @param timestampMs the record timestamp
 * @param wellFormed whether it has to be executed, be it with success or not
 */
public record GeneratedCommand(String group, byte[] json, long timestampMs, boolean wellFormed) {

  /** The record as it is read from a partition. */
  public RawRecord at(int partition, long offset) {
    return new RawRecord(
        "commands",
        partition,
        offset,
        timestampMs,
        group.getBytes(StandardCharsets.US_ASCII),
        json);
  }
}
