package io.onceflow.producer;

import java.util.List;

/**
 * Keeps messages until they are final, and their numbers for ever. One thread, the sender's, calls
 * these methods; how messages get in is each implementation's own.
 *
 * <p>Every method is durable when it returns. After an {@link OutboxException} it may have happened
 * or not; the sender then claims the outbox again and reads {@link #taken()} anew.
 */
public interface Outbox extends AutoCloseable {

  /** Who sends these messages; it never changes, or the job takes them for other ones. */
  String producer();

  /**
   * Makes this the one sender of the producer, or says that there is another one. Called again and
   * again, also to find out whether it still is.
   */
  boolean claim() throws OutboxException;

  /** The highest number that was ever given. */
  long lastSequence() throws OutboxException;

  /** All that have a number and are not finished, in the order of their numbers. */
  List<TakenMessage> taken() throws OutboxException;

  /**
   * Gives the next messages the next numbers: none is left out or given twice, whatever fails, for
   * the numbers are durable before anybody sends them.
   *
   * @param max at most so many
   */
  List<TakenMessage> take(int max) throws OutboxException;

  /**
   * Remembers that messages are final whose own acknowledgement is still to come. They are never
   * sent again.
   */
  void markFinal(List<Long> sequences, long nowMs) throws OutboxException;

  /** Forgets messages; those that are not there any more are no mistake. */
  void finish(List<FinalOutcome> outcomes) throws OutboxException;

  @Override
  void close();
}
