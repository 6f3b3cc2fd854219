package io.onceflow.common.commit;

import java.util.Collection;
import java.util.Set;

/**
 * The write-once decision register of protocol THREE_PHASE: a small linearizable store outside the
 * job and outside the stores it writes to. For each transaction COMMIT or ABORT is recorded once,
 * whoever comes first, and only then acted on; so what is in doubt can be settled without the job.
 *
 * <p>All sinks of one job form a pipeline, because one checkpoint settles them together. Claiming,
 * voting and deciding are guarded by the pipeline's fence; nothing depends on a clock. Calls come
 * from one thread and are idempotent; after a retryable error the next call connects anew.
 */
public interface DecisionRegister extends RemoteSession {

  /**
   * Claims the pipeline for a run.
   *
   * @throws StoreException FENCED when the run was replaced, when it starts from a checkpoint older
   *     than the last one decided, or when a resolver closed the pipeline at another checkpoint;
   *     SYSTEM when the register's tables are missing
   */
  void open(RegisterClaim claim) throws StoreException;

  /**
   * Records that an epoch's transactions are prepared. The barrier passes only after this has
   * returned, so no checkpoint completes without its votes.
   *
   * @throws StoreException FENCED when the run does not hold the pipeline any more
   */
  void vote(Epoch epoch) throws StoreException;

  /**
   * Records COMMIT for all transactions of an epoch, in one step, before the first of them is
   * committed.
   *
   * @throws StoreException FENCED when the run does not hold the pipeline any more, or when ABORT
   *     was recorded for one of them
   */
  void decideCommit(Epoch epoch) throws StoreException;

  /**
   * Records ABORT for transactions that nobody decided about.
   *
   * @return those whose decision is ABORT now; the others are COMMIT and must be left alone
   * @throws StoreException FENCED when the run does not hold the pipeline any more
   */
  Set<String> decideAbort(Collection<String> transactionIds) throws StoreException;
}
