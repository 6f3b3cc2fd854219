package io.onceflow.common.commit;

/** A session that applies whole epochs: phase 2 of strategy STAGED. */
public interface StagedSession extends StoreSession {

  /**
   * Applies an epoch in one transaction: nothing if its marker exists, else all its rows and its
   * marker. Idempotent, also against another process that applies the same epoch at this moment.
   *
   * @throws StoreException FENCED when another run has claimed the sink since {@link #open}
   */
  ApplyResult apply(Epoch epoch, SegmentReader segments) throws StoreException;

  /**
   * What applying did.
   *
   * @param alreadyCommitted whether the marker was there before
   * @param rejectedRows rows that went to the dead letters instead of their target
   */
  record ApplyResult(boolean alreadyCommitted, long rejectedRows) {}
}
