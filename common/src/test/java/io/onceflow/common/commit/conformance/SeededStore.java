package io.onceflow.common.commit.conformance;

import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.OpenResult;
import io.onceflow.common.commit.RowEncoder;
import io.onceflow.common.commit.SegmentPart;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StagedSession;
import io.onceflow.common.commit.StagedStore;
import io.onceflow.common.commit.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** A good store with one defect, to show that the suite sees it. */
record SeededStore(StagedStore<TestRow> good, Defect defect) implements StagedStore<TestRow> {

  /** What is wrong. */
  enum Defect {
    /** It says that it has applied an epoch and has not. */
    ACKNOWLEDGES_WITHOUT_APPLYING,
    /** Every attempt at an epoch counts as another one, and its order is not looked at. */
    IGNORES_MARKERS,
    /** It loses the rows of the last part of an epoch. */
    LOSES_A_PART,
    /** It writes a part twice. */
    REPEATS_A_PART,
    /** Whoever asks is taken for the owner. */
    NEVER_FENCES,
    /** A later epoch may be written before an earlier one. */
    IGNORES_ORDER,
    /** A fenced run is told to try again. */
    CALLS_FENCED_TRANSIENT,
    /** It goes on after an abort. */
    IGNORES_ABORT,
    /** It says nothing of what is wrong. */
    SKIPS_PREFLIGHT,
    /** It takes a sink whose id begins with another's for that one. */
    CONFUSES_SINK_IDS,
    /** It does not say that an epoch was there. */
    FORGETS_WHAT_IT_DID,
    /** It forgets where it was restored from. */
    FORGETS_RESTORE_PATHS
  }

  @Override
  public String description() {
    return good.description();
  }

  @Override
  public List<String> targets() {
    return good.targets();
  }

  @Override
  public RowEncoder<TestRow> createEncoder() {
    return good.createEncoder();
  }

  @Override
  public StagedSession createSession(SinkId sinkId, String runId, OnReject onReject) {
    var id = defect == Defect.CONFUSES_SINK_IDS ? new SinkId(sinkId.value().split("-")[0]) : sinkId;
    var run = defect == Defect.NEVER_FENCES ? "the-owner" : runId;
    return new Session(good.createSession(id, run, onReject), defect);
  }

  private static final class Session implements StagedSession {
    private final StagedSession good;
    private final Defect defect;
    private long counted;

    Session(StagedSession good, Defect defect) {
      this.good = good;
      this.defect = defect;
    }

    @Override
    public void preflight() throws StoreException {
      if (defect != Defect.SKIPS_PREFLIGHT) {
        good.preflight();
      }
    }

    @Override
    public OpenResult open(OpenRequest request) throws StoreException {
      var run = defect == Defect.NEVER_FENCES ? "the-owner" : request.runId();
      var opened =
          good.open(
              new OpenRequest(
                  request.sinkId(),
                  run,
                  request.lineage(),
                  request.restoredCheckpointId(),
                  request.onRewind()));
      counted = opened.lastCheckpointId();
      return opened;
    }

    @Override
    public ApplyResult apply(Epoch epoch, SegmentReader segments) throws StoreException {
      if (defect == Defect.ACKNOWLEDGES_WITHOUT_APPLYING) {
        return new ApplyResult(false, 0);
      }
      try {
        var result = good.apply(spoil(epoch), segments);
        counted += result.alreadyCommitted() ? 0 : 1;
        return defect == Defect.FORGETS_WHAT_IT_DID
            ? new ApplyResult(false, result.rejectedRows())
            : result;
      } catch (StoreException e) {
        throw defect == Defect.CALLS_FENCED_TRANSIENT && e.errorClass() == ErrorClass.FENCED
            ? new StoreException(ErrorClass.TRANSIENT, e.getMessage(), e)
            : e;
      }
    }

    private Epoch spoil(Epoch epoch) {
      var parts = new ArrayList<SegmentPart>(epoch.parts());
      if (defect == Defect.LOSES_A_PART && !parts.isEmpty()) {
        parts.remove(parts.size() - 1);
      }
      if (defect == Defect.REPEATS_A_PART && !parts.isEmpty()) {
        parts.add(parts.get(0));
      }
      var anyOrder = defect == Defect.IGNORES_ORDER || defect == Defect.IGNORES_MARKERS;
      return new Epoch(
          epoch.sinkId(),
          epoch.lineage(),
          anyOrder ? counted + 1 : epoch.checkpointId(),
          anyOrder ? counted : epoch.previousCheckpointId(),
          epoch.scope(),
          epoch.subtask(),
          defect == Defect.IGNORES_MARKERS
              ? "of.%s.%s.0.0".formatted(epoch.sinkId(), UUID.randomUUID())
              : epoch.transactionId(),
          epoch.watermarkMs(),
          epoch.preparedAtMs(),
          defect == Defect.FORGETS_RESTORE_PATHS ? "" : epoch.restorePath(),
          parts,
          List.of(),
          List.of());
    }

    @Override
    public void abort() {
      if (defect != Defect.IGNORES_ABORT) {
        good.abort();
      }
    }

    @Override
    public void close() {
      good.close();
    }
  }
}
