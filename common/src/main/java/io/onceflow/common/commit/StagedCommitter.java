package io.onceflow.common.commit;

import java.io.IOException;
import java.util.OptionalLong;

/** Phase 2 of STAGED: has the store apply each epoch in one local transaction. */
final class StagedCommitter extends EpochCommitter<StagedSession> {

  private final SegmentReader segments = new SegmentReader();

  StagedCommitter(
      StoreCalls<StagedSession> calls,
      SinkSettings settings,
      OptionalLong restoredCheckpointId,
      CommitMetrics metrics) {
    super(calls, settings, restoredCheckpointId, metrics);
  }

  @Override
  StagedSession.ApplyResult settle(Epoch epoch) throws IOException, InterruptedException {
    CrashPoints.reach(CrashPoints.COMMIT_BEFORE_APPLY);
    return calls().call(session -> session.apply(epoch, segments));
  }
}
