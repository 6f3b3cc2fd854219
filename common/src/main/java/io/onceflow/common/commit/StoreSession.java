package io.onceflow.common.commit;

/**
 * One operator's connection to a store. All calls but {@link #abort()} come from one thread, one
 * after the other. After a retryable error the next call connects anew.
 */
public interface StoreSession extends RemoteSession {

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
}
