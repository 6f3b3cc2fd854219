package io.onceflow.producer.wire;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A message that selective retry has given up, with all that was tried.
 *
 * @param message the envelope and the payload, unchanged; its headers also say where it was read
 *     from, when that is known: {@link #origin}
 * @param reason the stable code of why
 * @param arrivedMs when it came first, in milliseconds since 1970
 * @param endedMs when it was given up
 * @param failures all attempts, the first one first
 */
public record DeadMessage(
    Message message, String reason, long arrivedMs, long endedMs, List<FailedTry> failures) {

  /** Copies the list. */
  public DeadMessage {
    Objects.requireNonNull(message, "message");
    Objects.requireNonNull(reason, "reason");
    failures = List.copyOf(failures);
  }

  /**
   * Where a record was read from.
   *
   * @param topic the topic
   * @param partition the partition of that topic
   * @param offset the offset in that partition
   */
  public record Origin(String topic, int partition, long offset) {}

  /** Where the message was read from, when its headers say so. */
  public Optional<Origin> origin() {
    var headers = message.headers();
    String topic = headers.get(WireHeaders.TOPIC);
    try {
      return topic == null
          ? Optional.empty()
          : Optional.of(
              new Origin(
                  topic,
                  Integer.parseInt(headers.get(WireHeaders.PARTITION)),
                  Long.parseLong(headers.get(WireHeaders.OFFSET))));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }
}
