package io.onceflow.common.commit.simulation;

import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.StagedSession;
import io.onceflow.common.commit.StoreException;

/** STAGED in memory: an epoch and its marker in one step. */
final class MemoryStagedSession extends MemorySession implements StagedSession {

  MemoryStagedSession(MemoryStore store, String runId) {
    super(store, runId);
  }

  @Override
  public ApplyResult apply(Epoch epoch, SegmentReader segments) throws StoreException {
    return call("apply", () -> new ApplyResult(store().apply(epoch, runId()), 0));
  }
}
