package io.onceflow.common.commit;

import java.util.List;

/**
 * A session that settles prepared transactions: phase 2 of strategy PREPARED. Every call is
 * idempotent, also against another process that does the same at this moment.
 */
public interface PreparedSession extends StoreSession {

  /** Whether a transaction's marker is visible: its rows are there, for every reader. */
  boolean isCommitted(String transactionId) throws StoreException;

  /**
   * Writes down in the store, in one transaction of its own that locks the sink's record, that this
   * epoch is being committed. {@link LineageRules#refuseCommit} decides. Nothing of the epoch may
   * be committed before this has returned.
   *
   * @throws StoreException FENCED when another run owns the sink or the epoch does not follow
   */
  void decide(Epoch epoch) throws StoreException;

  /**
   * Commits one transaction that an epoch decided about names.
   *
   * @return COMMITTED, also when somebody committed it before, which its marker proves; LOST when
   *     it is neither prepared nor committed; never PENDING
   */
  Verdict commit(String transactionId) throws StoreException;

  /** Rolls one prepared transaction back. An id that is not prepared is no error. */
  void rollBack(String transactionId) throws StoreException;

  /**
   * The prepared transactions of exactly this sink, whoever prepared them. One that was committed
   * leaves the list only after its marker has become visible.
   */
  List<String> inDoubt() throws StoreException;

  /**
   * Ends an epoch whose transactions are all committed, in one transaction: applies its parts,
   * which hold upserts, and all rows of an attempt's first epoch, and completes the markers.
   */
  StagedSession.ApplyResult finish(Epoch epoch, SegmentReader segments) throws StoreException;
}
