package io.onceflow.common.sink.mariadb;

import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.TransactionTotals;
import io.onceflow.common.commit.TransactionWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.TreeMap;

/**
 * One subtask's connection under PREPARED: an XA transaction that takes rows for a whole epoch.
 * After XA PREPARE the connection is given up, because only then others can commit.
 */
final class XaTransactionWriter implements TransactionWriter {

  /**
   * An epoch may be slow; but a writer whose machine vanished must not keep its rows locked for
   * ever: those who write them again wait for it.
   */
  private static final int IDLE_TRANSACTION_SECONDS = 3_600;

  /** If we vanish right after XA PREPARE, the server lets go of the transaction so soon. */
  private static final int IDLE_PREPARED_SECONDS = 10;

  private final SessionContext context;
  private final OnReject onReject;
  private final MariaDbLink link;

  private Xid open;
  private TransactionRows rows;

  XaTransactionWriter(SessionContext context, OnReject onReject) {
    this.context = context;
    this.onReject = onReject;
    this.link = context.link(IDLE_TRANSACTION_SECONDS);
  }

  @Override
  public void begin(String transactionId) throws StoreException {
    var xid = Xid.of(context, transactionId);
    if (open != null) {
      throw new IllegalStateException(
          "%s is still open, so %s cannot begin.".formatted(open.id(), transactionId));
    }
    open = xid;
    step(
        "Opening",
        connection -> {
          MariaDbLink.execute(connection, "XA START " + xid.sql());
          var number = new Markers(connection, context.names()).begin(xid.id());
          Markers.setVariables(connection, number, context.sinkId());
          rows = new TransactionRows(connection, context.names(), context.tables(), onReject);
        });
  }

  @Override
  public void append(int target, byte[] bytes, int length, long rowCount) throws StoreException {
    requireOpen();
    step(
        "Writing rows into",
        connection -> rows.write(target, RowSource.of(bytes, length, rowCount)));
  }

  @Override
  public long prepare(TransactionTotals totals) throws StoreException {
    requireOpen();
    var rejected = rows.rejected();
    step(
        "Preparing",
        connection -> {
          new Markers(connection, context.names())
              .setTotals(open.id(), totals, rowsByTarget(totals), rejected);
          MariaDbLink.execute(
              connection, "SET SESSION idle_transaction_timeout = " + IDLE_PREPARED_SECONDS);
          MariaDbLink.execute(connection, "XA END " + open.sql());
          MariaDbLink.execute(connection, "XA PREPARE " + open.sql());
        });
    open = null;
    rows = null;
    link.close();
    return rejected;
  }

  private String rowsByTarget(TransactionTotals totals) {
    var rowCounts = new TreeMap<String, Long>();
    for (var target = 0; target < totals.rowsByTarget().size(); target++) {
      if (totals.rowsByTarget().get(target) > 0) {
        rowCounts.put(context.targets().get(target), totals.rowsByTarget().get(target));
      }
    }
    return Markers.json(rowCounts);
  }

  private void requireOpen() {
    if (rows == null) {
      throw new IllegalStateException(
          "Sink '%s' has no open transaction to write to.".formatted(context.sinkId()));
    }
  }

  /** A step of the open transaction. */
  private interface Step {
    void run(Connection connection) throws SQLException, StoreException;
  }

  private void step(String doing, Step step) throws StoreException {
    var done = false;
    try {
      link.run(
          "%s transaction %s".formatted(doing, open.id()),
          connection -> {
            step.run(connection);
            return null;
          });
      done = true;
    } finally {
      if (!done) {
        // The connection is closed, and with it the server rolls back what is not prepared.
        open = null;
        rows = null;
      }
    }
  }

  @Override
  public void abort() {
    link.abort();
  }

  @Override
  public void close() {
    open = null;
    rows = null;
    link.close();
  }
}
