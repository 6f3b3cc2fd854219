package io.onceflow.common.commit;

/**
 * A store with a real PREPARE: a transaction that outlives its connection and the server, and that
 * any session can commit or roll back by its id.
 *
 * @param <T> the sink's input
 */
public interface PreparedStore<T> extends Store<T> {

  /**
   * A new session for the gatherer or the committer of one run. It connects when it is first used.
   *
   * @param runId the only run whose epochs the session may commit
   */
  PreparedSession createPreparedSession(SinkId sinkId, String runId, OnReject onReject);

  /** A new writer of transactions, for one subtask. It connects when it is first used. */
  TransactionWriter createTransactionWriter(SinkId sinkId, OnReject onReject);
}
