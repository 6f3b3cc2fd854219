package io.onceflow.producer;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/**
 * How an {@link OutboxSender} sends.
 *
 * @param kafka client properties: {@code bootstrap.servers} and what connecting takes; those that
 *     the guarantees depend on are set by the sender
 * @param topic where messages go
 * @param replyTopic where the job's replies come from, and the reply address of the messages; the
 *     job must allow it
 * @param window messages under way at most; they are in memory, and those that wait in the job
 *     count too
 * @param pollEvery how often the outbox is asked for messages
 * @param ackTimeout after which a message is sent again that nobody has answered; above the job's
 *     checkpoint interval. It doubles with every time
 * @param maxPause where that doubling ends
 * @param resendFor how long after its first sending a message is sent again at all. It must be
 *     below the time that the job knows duplicates ({@code duplicatesKnownFor}): after that time a
 *     message that is sent again takes effect again
 * @param statusGrace how long to wait for the own acknowledgement of a message that the cumulative
 *     one calls final
 */
public record SenderSettings(
    Map<String, String> kafka,
    String topic,
    String replyTopic,
    int window,
    Duration pollEvery,
    Duration ackTimeout,
    Duration maxPause,
    Duration resendFor,
    Duration statusGrace) {

  /**
   * @throws IllegalArgumentException when a number is outside of its range
   */
  public SenderSettings {
    kafka = Map.copyOf(kafka);
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(replyTopic, "replyTopic");
    if (!kafka.containsKey("bootstrap.servers")) {
      throw new IllegalArgumentException("The Kafka properties need bootstrap.servers.");
    }
    if (window < 1
        || window > 1_000_000
        || pollEvery.toMillis() < 1
        || ackTimeout.toMillis() < 1
        || maxPause.compareTo(ackTimeout) < 0
        || resendFor.compareTo(maxPause) < 0
        || statusGrace.isNegative()) {
      throw new IllegalArgumentException(
          "A sender needs a window of 1 to 1000000, a poll of 1 ms or more, 1 ms <= ack timeout <= max pause <= resend for, and a grace of 0 or more; got %d, %s, %s, %s, %s and %s."
              .formatted(window, pollEvery, ackTimeout, maxPause, resendFor, statusGrace));
    }
  }

  /** With the defaults: 1000 under way, sent again after a minute and for 6 days. */
  public static SenderSettings of(Map<String, String> kafka, String topic, String replyTopic) {
    return new SenderSettings(
        kafka,
        topic,
        replyTopic,
        1000,
        Duration.ofMillis(100),
        Duration.ofMinutes(1),
        Duration.ofMinutes(10),
        Duration.ofDays(6),
        Duration.ofMinutes(1));
  }

  /** The same with another window. */
  public SenderSettings withWindow(int other) {
    return new SenderSettings(
        kafka, topic, replyTopic, other, pollEvery, ackTimeout, maxPause, resendFor, statusGrace);
  }

  /** The same with other times of sending again. */
  public SenderSettings withResends(Duration afterFirst, Duration most, Duration until) {
    return new SenderSettings(
        kafka, topic, replyTopic, window, pollEvery, afterFirst, most, until, statusGrace);
  }

  /** The same with another grace. */
  public SenderSettings withStatusGrace(Duration other) {
    return new SenderSettings(
        kafka, topic, replyTopic, window, pollEvery, ackTimeout, maxPause, resendFor, other);
  }
}
