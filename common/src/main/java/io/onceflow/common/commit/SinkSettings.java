package io.onceflow.common.commit;

import java.io.Serializable;
import java.util.OptionalLong;

/**
 * A sink's settings, as they travel in the job graph. No secrets.
 *
 * @param sinkId the sink
 * @param runId this submission
 * @param scope transactions per epoch
 * @param onReject what happens to rows the store can never accept
 * @param onRewind what happens when the store is ahead of the job
 * @param retryPolicy how long a commit is repeated inside the committer
 * @param checkpointDirectory where checkpoints go, to name the right one in messages, or empty
 * @param segmentDirectory where segments go
 * @param inlineLimitBytes largest part that travels in the committable instead of a file
 * @param strategy how rows wait for their checkpoint
 * @param pipeline the name that all sinks of the job share in the decision register
 * @param registers the decision register of THREE_PHASE, or null
 * @param admission what happens when another run works for the sink
 */
record SinkSettings(
    SinkId sinkId,
    String runId,
    CommitScope scope,
    OnReject onReject,
    OnRewind onRewind,
    RetryPolicy retryPolicy,
    String checkpointDirectory,
    String segmentDirectory,
    int inlineLimitBytes,
    CommitStrategy strategy,
    String pipeline,
    DecisionRegisters registers,
    SinkAdmission admission)
    implements Serializable {

  OpenRequest openRequest(String lineage, OptionalLong restoredCheckpointId) {
    return new OpenRequest(sinkId, runId, lineage, restoredCheckpointId, onRewind);
  }

  /** A session for the gatherer, whatever the strategy. */
  StoreCalls<StoreSession> claimingCalls(Store<?> store) {
    return calls(
        strategy == CommitStrategy.STAGED
            ? ((StagedStore<?>) store).createSession(sinkId, runId, onReject)
            : ((PreparedStore<?>) store).createPreparedSession(sinkId, runId, onReject),
        store.description(),
        () -> {});
  }

  /** One operator's way through the sink's gate. */
  Entrance entrance() {
    return new Entrance(this);
  }

  /** Calls with this sink's patience. */
  <S extends RemoteSession> StoreCalls<S> calls(S session, String description, Runnable onRetry) {
    return new StoreCalls<>(
        session, "Sink '%s', %s".formatted(sinkId, description), retryPolicy, onRetry);
  }

  /** Calls of the decision register, or null without one. */
  StoreCalls<DecisionRegister> registerCalls(Runnable onRetry) {
    return registers == null
        ? null
        : calls(registers.connect(pipeline, sinkId, runId), registers.description(), onRetry);
  }

  /**
   * @param gatherer the gatherer's incarnation, or null for the committer
   */
  RegisterClaim registerClaim(OpenRequest request, String gatherer) {
    return new RegisterClaim(
        pipeline,
        sinkId,
        runId,
        gatherer,
        request.restoredCheckpointId().orElse(0),
        request.onRewind());
  }

  SegmentStorage segmentStorage() {
    return new SegmentStorage(segmentDirectory, sinkId, runId);
  }

  String restorePath(String jobId, long checkpointId) {
    return checkpointDirectory.isEmpty()
        ? ""
        : "%s/%s/chk-%d".formatted(checkpointDirectory, jobId, checkpointId);
  }
}
