package io.onceflow.producer;

/** Hears what has become of messages, on the sender's thread, before they are forgotten. */
@FunctionalInterface
public interface FinalListener {

  /**
   * At least once for every message: again when the process dies before the message is forgotten.
   * What it throws makes the sender try again later. {@link PostgresOutbox.TransactionalListener}
   * hears exactly once.
   */
  void onFinal(FinalOutcome outcome);
}
