package io.onceflow.common.source;

import io.onceflow.common.config.ConfigReader;
import java.io.Serializable;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.SerializableTimestampAssigner;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;

/**
 * How event time advances.
 *
 * @param maxOutOfOrderness how far behind the latest timestamp of its partition a record may come
 *     without being late
 * @param idleness after which silence a partition no longer holds the others back; it is never off,
 *     because one empty partition would stop event time for the whole job
 */
public record Watermarks(Duration maxOutOfOrderness, Duration idleness) implements Serializable {

  private static final long serialVersionUID = 1L;

  /** Checks the signs. */
  public Watermarks {
    if (maxOutOfOrderness.isNegative() || idleness.isNegative() || idleness.isZero()) {
      throw new IllegalArgumentException(
          "max-out-of-orderness must not be negative and idleness must be positive; they are "
              + maxOutOfOrderness
              + " and "
              + idleness);
    }
  }

  /** Reads the keys of one group, such as {@code watermarks}. */
  public static Watermarks read(ConfigReader reader) {
    return new Watermarks(
        reader
            .duration(
                "max-out-of-orderness",
                "How far behind its partition's latest timestamp a record may come.")
            .between(Duration.ZERO, Duration.ofDays(1))
            .orElse(Duration.ofSeconds(5)),
        reader
            .duration("idleness", "Silence after which a partition no longer holds time back.")
            .between(Duration.ofMillis(100), Duration.ofDays(1))
            .orElse(Duration.ofSeconds(30)));
  }

  /** Event time is the timestamp the source gives, such as Kafka's. */
  public <T> WatermarkStrategy<T> strategy() {
    return WatermarkStrategy.<T>forBoundedOutOfOrderness(maxOutOfOrderness).withIdleness(idleness);
  }

  /** Event time is taken from the record. */
  public <T> WatermarkStrategy<T> strategy(SerializableTimestampAssigner<T> assigner) {
    return this.<T>strategy().withTimestampAssigner(assigner);
  }
}
