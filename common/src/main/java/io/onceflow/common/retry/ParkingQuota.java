package io.onceflow.common.retry;

import java.io.Serializable;
import java.time.Duration;

/**
 * How many messages a subtask keeps at once, those under way and those that only wait included.
 *
 * @param messages their number
 * @param bytes their size, roughly
 * @param overflow what happens to the next one
 * @param maxBlock how long {@link Overflow#BACK_PRESSURE} holds the input for one message. A
 *     checkpoint barrier waits behind it: the message is taken after that time, over the quota, so
 *     that a long outage slows the input to one message per this time and does not stop checkpoints
 */
public record ParkingQuota(int messages, long bytes, Overflow overflow, Duration maxBlock)
    implements Serializable {

  /** What happens when there is no room. Nothing is ever dropped. */
  public enum Overflow {
    /** The input waits for room. */
    BACK_PRESSURE,
    /** The message goes to the dead letters. */
    REJECT
  }

  /**
   * @throws IllegalArgumentException when a number is outside of its range
   */
  public ParkingQuota {
    if (messages < 1
        || messages > 10_000_000
        || bytes < 1
        || maxBlock.toMillis() < 1
        || maxBlock.toHours() > 1) {
      throw new IllegalArgumentException(
          "A quota needs 1 to 10000000 messages, 1 byte or more and 1 ms to 1 h of blocking, got %d, %d and %s."
              .formatted(messages, bytes, maxBlock));
    }
  }
}
