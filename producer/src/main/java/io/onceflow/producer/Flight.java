package io.onceflow.producer;

/** A message under way. Mutable, sender's thread only. */
final class Flight {

  final TakenMessage message;

  /** How often this process has handed it to Kafka's client. */
  int sends;

  /** Whether Kafka's client has it and the broker has not answered. */
  boolean sending;

  /** When to send it, unless it is final. */
  long dueMs;

  /** Pauses so far, which make the next one longer. */
  int pauses;

  long finalSinceMs;

  Flight(TakenMessage message) {
    this.message = message;
    this.finalSinceMs = message.finalSinceMs();
  }

  long sequence() {
    return message.sequence();
  }

  boolean isFinal() {
    return finalSinceMs > 0;
  }
}
