package io.onceflow.common.commit.conformance;

import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.OpenResult;
import io.onceflow.common.commit.PreparedSession;
import io.onceflow.common.commit.PreparedStore;
import io.onceflow.common.commit.RowEncoder;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StagedSession.ApplyResult;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.TransactionTotals;
import io.onceflow.common.commit.TransactionWriter;
import io.onceflow.common.commit.Verdict;
import java.util.List;

/** A good store with one defect in how it prepares or settles. */
record SeededPreparedStore(PreparedStore<TestRow> good, Defect defect)
    implements PreparedStore<TestRow> {

  /** What is wrong. */
  enum Defect {
    /** A transaction that is gone counts as committed. */
    TAKES_LOST_FOR_COMMITTED,
    /** A transaction that was committed before counts as lost. */
    TAKES_COMMITTED_FOR_LOST,
    /** It commits without asking for order and owner. */
    DECIDES_NOTHING,
    /** The markers stay incomplete. */
    NEVER_FINISHES,
    /** It does not see what is prepared. */
    LISTS_NOTHING,
    /** It lists what another sink has prepared. */
    LISTS_OTHERS,
    /** It says that it has rolled back and has not. */
    KEEPS_ORPHANS,
    /** A writer that is closed leaves its transaction prepared. */
    PREPARES_ON_CLOSE,
    /** A writer commits where it should prepare. */
    COMMITS_AT_ONCE
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
  public PreparedSession createPreparedSession(SinkId sinkId, String runId, OnReject onReject) {
    var session = good.createPreparedSession(sinkId, runId, onReject);
    var other = good.createPreparedSession(new SinkId("a-b"), runId, onReject);
    return new Session(session, other, defect);
  }

  @Override
  public TransactionWriter createTransactionWriter(SinkId sinkId, OnReject onReject) {
    var settling = good.createPreparedSession(sinkId, "none", onReject);
    return new Writer(good.createTransactionWriter(sinkId, onReject), settling, targets(), defect);
  }

  private record Session(PreparedSession good, PreparedSession other, Defect defect)
      implements PreparedSession {

    @Override
    public void preflight() throws StoreException {
      good.preflight();
    }

    @Override
    public OpenResult open(OpenRequest request) throws StoreException {
      return good.open(request);
    }

    @Override
    public void decide(Epoch epoch) throws StoreException {
      if (defect != Defect.DECIDES_NOTHING) {
        good.decide(epoch);
      }
    }

    @Override
    public Verdict commit(String transactionId) throws StoreException {
      var wasPrepared = good.inDoubt().contains(transactionId);
      var verdict = good.commit(transactionId);
      return switch (defect) {
        case TAKES_LOST_FOR_COMMITTED -> Verdict.COMMITTED;
        case TAKES_COMMITTED_FOR_LOST -> wasPrepared ? verdict : Verdict.LOST;
        default -> verdict;
      };
    }

    @Override
    public void rollBack(String transactionId) throws StoreException {
      if (defect != Defect.KEEPS_ORPHANS) {
        good.rollBack(transactionId);
      }
    }

    @Override
    public boolean isCommitted(String transactionId) throws StoreException {
      return good.isCommitted(transactionId);
    }

    @Override
    public List<String> inDoubt() throws StoreException {
      return switch (defect) {
        case LISTS_NOTHING -> List.of();
        case LISTS_OTHERS -> other.inDoubt();
        default -> good.inDoubt();
      };
    }

    @Override
    public ApplyResult finish(Epoch epoch, SegmentReader segments) throws StoreException {
      return defect == Defect.NEVER_FINISHES
          ? new ApplyResult(false, 0)
          : good.finish(epoch, segments);
    }

    @Override
    public void abort() {
      good.abort();
      other.abort();
    }

    @Override
    public void close() {
      good.close();
      other.close();
    }
  }

  private static final class Writer implements TransactionWriter {
    private final TransactionWriter good;
    private final PreparedSession settling;
    private final List<String> targets;
    private final Defect defect;
    private String open;

    Writer(TransactionWriter good, PreparedSession settling, List<String> targets, Defect defect) {
      this.good = good;
      this.settling = settling;
      this.targets = targets;
      this.defect = defect;
    }

    @Override
    public void begin(String transactionId) throws StoreException {
      open = transactionId;
      good.begin(transactionId);
    }

    @Override
    public void append(int target, byte[] rows, int length, long rowCount) throws StoreException {
      good.append(target, rows, length, rowCount);
    }

    @Override
    public long prepare(TransactionTotals totals) throws StoreException {
      var rejected = good.prepare(totals);
      if (defect == Defect.COMMITS_AT_ONCE) {
        settling.commit(open);
      }
      open = null;
      return rejected;
    }

    @Override
    public void abort() {
      good.abort();
    }

    @Override
    public void close() {
      if (open != null && defect == Defect.PREPARES_ON_CLOSE) {
        prepareWhatIsOpen();
      }
      good.close();
      settling.close();
    }

    private void prepareWhatIsOpen() {
      try {
        good.prepare(new TransactionTotals(0, 0, 0, targets.stream().map(any -> 0L).toList()));
      } catch (StoreException aborted) {
        open = null;
      }
    }
  }
}
