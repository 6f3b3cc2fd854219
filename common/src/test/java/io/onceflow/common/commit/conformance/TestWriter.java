package io.onceflow.common.commit.conformance;

import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.PreparedStore;
import io.onceflow.common.commit.PreparedTransaction;
import io.onceflow.common.commit.RowRejectedException;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.TransactionTotals;
import io.onceflow.common.commit.TransactionWriter;
import java.util.ArrayList;
import java.util.List;

/** One subtask's writer of prepared transactions, without Flink. */
final class TestWriter implements AutoCloseable {

  private final PreparedStore<TestRow> store;
  private final OnReject onReject;
  private final TransactionWriter writer;
  private final List<Long> rowsByTarget = new ArrayList<>();
  private String id;
  private long bytes;

  TestWriter(PreparedStore<TestRow> store, SinkId sinkId, OnReject onReject) {
    this.store = store;
    this.onReject = onReject;
    this.writer = store.createTransactionWriter(sinkId, onReject);
  }

  /** The whole phase 1 of one epoch. */
  PreparedTransaction prepare(String transactionId, List<TestRow> rows)
      throws StoreException, RowRejectedException {
    begin(transactionId);
    write(rows);
    return prepare();
  }

  void begin(String transactionId) throws StoreException {
    id = transactionId;
    bytes = 0;
    rowsByTarget.clear();
    store.targets().forEach(target -> rowsByTarget.add(0L));
    writer.begin(transactionId);
  }

  void write(List<TestRow> events) throws StoreException, RowRejectedException {
    for (var part : EpochParts.inline(store, onReject, events)) {
      bytes += part.bytes();
      rowsByTarget.set(part.target(), rowsByTarget.get(part.target()) + part.rows());
      writer.append(part.target(), part.inline(), part.inline().length, part.rows());
    }
  }

  PreparedTransaction prepare() throws StoreException {
    var totals = new TransactionTotals(bytes, 7, Long.MIN_VALUE, rowsByTarget);
    var rejected = writer.prepare(totals);
    return new PreparedTransaction(id, totals.rows(), bytes, 7, rejected);
  }

  void abort() {
    writer.abort();
  }

  @Override
  public void close() {
    writer.close();
  }
}
