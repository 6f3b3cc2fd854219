package io.onceflow.testbed.chaos.job;

import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.TransactionTotals;
import io.onceflow.common.commit.TransactionWriter;

/** Commits what it has prepared without waiting for the checkpoint. */
final class HastyWriter implements TransactionWriter {

  private final TransactionWriter writer;
  private final SideConnection side;
  private String open;

  HastyWriter(TransactionWriter writer, SideConnection side) {
    this.writer = writer;
    this.side = side;
  }

  @Override
  public void begin(String transactionId) throws StoreException {
    open = transactionId;
    writer.begin(transactionId);
  }

  @Override
  public void append(int target, byte[] rows, int length, long rowCount) throws StoreException {
    writer.append(target, rows, length, rowCount);
  }

  @Override
  public long prepare(TransactionTotals totals) throws StoreException {
    var rejected = writer.prepare(totals);
    side.execute("COMMIT PREPARED '%s'".formatted(open));
    return rejected;
  }

  @Override
  public void abort() {
    writer.abort();
  }

  @Override
  public void close() {
    writer.close();
  }
}
