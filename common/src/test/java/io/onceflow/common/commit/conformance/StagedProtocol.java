package io.onceflow.common.commit.conformance;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.RowRejectedException;
import io.onceflow.common.commit.SegmentPart;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StagedSession;
import io.onceflow.common.commit.StagedSession.ApplyResult;
import io.onceflow.common.commit.StagedStore;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.StoreSession;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/** Segments, and one transaction of the store that applies them. */
record StagedProtocol(StagedStore<TestRow> store) implements Protocol {

  static StagedProtocol over(TestTargets targets) {
    return new StagedProtocol((StagedStore<TestRow>) targets.store());
  }

  @Override
  public StoreSession createSession(SinkId sinkId, String runId, OnReject onReject) {
    return store.createSession(sinkId, runId, onReject);
  }

  @Override
  public Epoch seal(Epoch empty, List<List<TestRow>> rowsOfWriters, OnReject onReject)
      throws RowRejectedException {
    var parts = new ArrayList<SegmentPart>();
    for (var rows : rowsOfWriters) {
      parts.addAll(EpochParts.inline(store, onReject, rows));
    }
    parts.sort(Comparator.comparingInt(SegmentPart::target));
    return TestSink.withParts(empty, parts);
  }

  @Override
  public void commit(StoreSession session, Epoch epoch) throws StoreException {
    apply(session, epoch);
  }

  static ApplyResult apply(StoreSession session, Epoch epoch) throws StoreException {
    return ((StagedSession) session).apply(epoch, new SegmentReader());
  }

  @Override
  public List<String> markersOf(Epoch epoch) {
    return List.of(epoch.transactionId());
  }

  @Override
  public boolean isAtomic() {
    return true;
  }

  @Override
  public Set<String> steps() {
    return Set.of(CrashPoints.APPLY_MIDDLE, CrashPoints.APPLY_BEFORE_COMMIT);
  }
}
