package io.onceflow.producer;

import java.util.Objects;

/**
 * A message that has its number.
 *
 * @param sequence 1, 2, 3 and so on, without gaps
 * @param message what to send
 * @param takenAtMs when it got the number, shortly before it was sent first, in milliseconds since
 *     1970
 * @param finalSinceMs since when it is known to be final although its own acknowledgement has not
 *     been read; 0 while that is not so
 */
public record TakenMessage(
    long sequence, OutboxMessage message, long takenAtMs, long finalSinceMs) {

  /** Checks that the message is there. */
  public TakenMessage {
    Objects.requireNonNull(message, "message");
  }
}
