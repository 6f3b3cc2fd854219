package io.onceflow.common.source.rabbitmq;

/** What becomes of a message in a queue that has no {@code message-id}. */
public enum MissingId {
  /** The job fails, and says in which queue: every producer has to give ids. */
  FAIL,

  /**
   * Its id is a hash of its body and its properties, headers included. Two equal messages within
   * the window are then one: use it where equal messages mean the same.
   */
  HASH,

  /**
   * It is emitted as often as it is delivered: <b>at least once</b>. A restart, or a connection
   * that breaks, repeats what was not acknowledged.
   */
  AT_LEAST_ONCE
}
