package io.onceflow.common.commit;

/**
 * Phase 1 of strategy PREPARED on one subtask: streams rows into an open transaction and prepares
 * it at the barrier. One transaction at a time. All calls but {@link #abort()} come from one
 * thread; a call that throws leaves the transaction unusable, and the job replays its rows.
 */
public interface TransactionWriter extends RemoteSession {

  /** Opens the transaction and inserts its marker, so that column defaults may refer to it. */
  void begin(String transactionId) throws StoreException;

  /**
   * Writes encoded rows of a target that takes no upserts. It takes no lock that another
   * transaction of this sink could wait for.
   *
   * @param length bytes used of {@code rows}
   */
  void append(int target, byte[] rows, int length, long rowCount) throws StoreException;

  /**
   * Completes the marker and prepares. Afterwards no connection holds the transaction.
   *
   * @return rows that became dead letters in {@link #append}
   */
  long prepare(TransactionTotals totals) throws StoreException;

  /** Rolls back what is open. What is prepared stays. */
  @Override
  void close();
}
