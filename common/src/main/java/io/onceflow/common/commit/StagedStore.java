package io.onceflow.common.commit;

/**
 * A store that can apply an epoch and its marker in one atomic, idempotent step.
 *
 * @param <T> the sink's input
 */
public interface StagedStore<T> extends Store<T> {

  /**
   * A new session of one run. It connects when it is first used.
   *
   * @param runId the only run whose epochs the session may commit
   */
  StagedSession createSession(SinkId sinkId, String runId, OnReject onReject);
}
