package io.onceflow.common.commit.conformance;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.PreparedSession;
import io.onceflow.common.commit.PreparedStore;
import io.onceflow.common.commit.PreparedTransaction;
import io.onceflow.common.commit.RowRejectedException;
import io.onceflow.common.commit.SegmentPart;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.StoreSession;
import io.onceflow.common.commit.TransactionId;
import io.onceflow.common.commit.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Prepared transactions for events and segments for balances; a session that decides, commits each
 * transaction, and finishes.
 */
record PreparedProtocol(PreparedStore<TestRow> store) implements Protocol {

  static PreparedProtocol over(TestTargets targets) {
    return new PreparedProtocol((PreparedStore<TestRow>) targets.store());
  }

  @Override
  public PreparedSession createSession(SinkId sinkId, String runId, OnReject onReject) {
    return store.createPreparedSession(sinkId, runId, onReject);
  }

  @Override
  public Epoch seal(Epoch empty, List<List<TestRow>> rowsOfWriters, OnReject onReject)
      throws StoreException, RowRejectedException {
    var transactions = new ArrayList<PreparedTransaction>();
    var upserts = new ArrayList<SegmentPart>();
    for (var rows : rowsOfWriters) {
      var events = rows.stream().filter(row -> row instanceof TestRow.Event).toList();
      var balances = rows.stream().filter(row -> row instanceof TestRow.Balance).toList();
      if (!events.isEmpty()) {
        transactions.add(prepare(empty.sinkId(), events, onReject));
      }
      upserts.addAll(EpochParts.inline(store, onReject, balances));
    }
    return TestSink.with(empty, upserts, transactions);
  }

  private PreparedTransaction prepare(SinkId sinkId, List<TestRow> rows, OnReject onReject)
      throws StoreException, RowRejectedException {
    try (var writer = new TestWriter(store, sinkId, onReject)) {
      return writer.prepare(newId(sinkId), rows);
    }
  }

  static String newId(SinkId sinkId) {
    var nonce = UUID.randomUUID().toString().replace("-", "");
    return new TransactionId(sinkId, nonce, 0, 0).toString();
  }

  @Override
  public void commit(StoreSession session, Epoch epoch) throws StoreException {
    var prepared = (PreparedSession) session;
    prepared.decide(epoch);
    CrashPoints.reach(CrashPoints.COMMIT_AFTER_DECIDE);
    for (var transaction : epoch.transactions()) {
      var verdict = prepared.commit(transaction.id());
      if (verdict != Verdict.COMMITTED) {
        throw new AssertionError("Transaction %s is %s.".formatted(transaction.id(), verdict));
      }
      CrashPoints.reach(CrashPoints.COMMIT_MIDDLE);
    }
    CrashPoints.reach(CrashPoints.COMMIT_BEFORE_FINISH);
    prepared.finish(epoch, new SegmentReader());
  }

  @Override
  public List<String> markersOf(Epoch epoch) {
    return epoch.transactions().stream().map(PreparedTransaction::id).toList();
  }

  /** Each subtask's rows become visible for themselves. */
  @Override
  public boolean isAtomic() {
    return false;
  }

  @Override
  public Set<String> steps() {
    return Set.of(
        CrashPoints.COMMIT_AFTER_DECIDE,
        CrashPoints.COMMIT_MIDDLE,
        CrashPoints.COMMIT_BEFORE_FINISH);
  }
}
