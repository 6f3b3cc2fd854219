package io.onceflow.common.commit;

/**
 * One committer's connection to a store. All calls but {@link #abort()} come from one thread, one
 * after the other. After a retryable error the next call connects anew.
 */
public interface StoreSession extends AutoCloseable {

  /**
   * Checks privileges, the targets' shape and the store's settings, changing nothing.
   *
   * @throws StoreException SYSTEM with everything that is wrong, in one message
   */
  void preflight() throws StoreException;

  /**
   * Claims the sink for a run, in one transaction; {@link LineageRules} decides. Idempotent.
   *
   * @throws StoreException FENCED when the run must not go on
   */
  OpenResult open(OpenRequest request) throws StoreException;

  /**
   * Applies an epoch in one transaction: nothing if its marker exists, else all its rows and its
   * marker. Idempotent, also against another process that applies the same epoch at this moment.
   *
   * @throws StoreException FENCED when another run has claimed the sink since {@link #open}
   */
  ApplyResult apply(Epoch epoch, SegmentReader segments) throws StoreException;

  /**
   * Breaks a call under way, or one that is about to begin, from another thread. Final: nothing is
   * committed by this session afterwards.
   */
  void abort();

  @Override
  void close();

  /**
   * What applying did.
   *
   * @param alreadyCommitted whether the marker was there before
   * @param rejectedRows rows that went to the dead letters instead of their target
   */
  record ApplyResult(boolean alreadyCommitted, long rejectedRows) {}
}
