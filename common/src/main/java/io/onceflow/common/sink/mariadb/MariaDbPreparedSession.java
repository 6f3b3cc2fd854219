package io.onceflow.common.sink.mariadb;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.OpenResult;
import io.onceflow.common.commit.PreparedSession;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.StagedSession.ApplyResult;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.TransactionId;
import io.onceflow.common.commit.Verdict;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The gatherer's or the committer's connection under PREPARED, which is XA here.
 *
 * <p>A prepared transaction belongs to the connection that prepared it for as long as that lives;
 * to everybody else the server denies that there is such a transaction (XAER_NOTA) and lists it all
 * the same. So "there is none" is believed only when the list agrees; until then the call is
 * repeated.
 */
final class MariaDbPreparedSession implements PreparedSession {

  private static final int IDLE_TRANSACTION_SECONDS = 60;

  private final SessionContext context;
  private final OnReject onReject;
  private final MariaDbLink link;

  MariaDbPreparedSession(SessionContext context, OnReject onReject) {
    this.context = context;
    this.onReject = onReject;
    this.link = context.link(IDLE_TRANSACTION_SECONDS);
  }

  /** Also prepares an empty transaction and rolls it back: nothing else tells that it works. */
  @Override
  public void preflight() throws StoreException {
    context.preflight(link, onReject, MariaDbPreflight.Use.PREPARED);
    var nonce = UUID.randomUUID().toString().replace("-", "");
    var trial = Xid.of(context, new TransactionId(context.sinkId(), nonce, 0, 0).toString()).sql();
    outsideTransaction(
        "Preparing an empty XA transaction",
        connection -> {
          for (var verb : List.of("START", "END", "PREPARE", "ROLLBACK")) {
            MariaDbLink.execute(connection, "XA %s %s".formatted(verb, trial));
          }
          return null;
        });
  }

  @Override
  public OpenResult open(OpenRequest request) throws StoreException {
    return context.open(link, request);
  }

  @Override
  public void decide(Epoch epoch) throws StoreException {
    link.inTransaction(
        "Deciding on the epoch of checkpoint " + epoch.checkpointId(),
        connection -> {
          new Decisions(connection, context).decide(epoch);
          return null;
        });
  }

  /**
   * The server takes a transaction off its list only after its rows have become visible. So when it
   * is not on the list, a statement that begins later sees the marker if there is one.
   */
  @Override
  public Verdict commit(String transactionId) throws StoreException {
    var xid = Xid.of(context, transactionId);
    var sql = "XA COMMIT " + xid.sql();
    return outsideTransaction(
        sql,
        connection ->
            settle(connection, sql, xid)
                    || new Markers(connection, context.names()).exists(transactionId)
                ? Verdict.COMMITTED
                : Verdict.LOST);
  }

  @Override
  public boolean isCommitted(String transactionId) throws StoreException {
    return outsideTransaction(
        "Looking for a marker",
        connection -> new Markers(connection, context.names()).exists(transactionId));
  }

  @Override
  public void rollBack(String transactionId) throws StoreException {
    var xid = Xid.of(context, transactionId);
    var sql = "XA ROLLBACK " + xid.sql();
    outsideTransaction(sql, connection -> settle(connection, sql, xid));
  }

  /**
   * @return false when there is no such prepared transaction
   */
  private boolean settle(Connection connection, String sql, Xid xid)
      throws SQLException, StoreException {
    try {
      MariaDbLink.execute(connection, sql);
      return true;
    } catch (SQLException e) {
      if (e.getErrorCode() == MariaDbErrors.XA_ROLLED_BACK) {
        return false;
      }
      if (e.getErrorCode() != MariaDbErrors.UNKNOWN_XID) {
        throw MariaDbErrors.exception(MariaDbErrors.classifyCommit(e), sql, e);
      }
      if (prepared(connection).contains(xid)) {
        throw new StoreException(
            ErrorClass.TRANSIENT,
            "%s: the connection that prepared it is still open, or another process settles it at this moment."
                .formatted(sql),
            e);
      }
      return false;
    }
  }

  @Override
  public List<String> inDoubt() throws StoreException {
    return outsideTransaction(
        "Listing prepared transactions",
        connection -> prepared(connection).stream().map(xid -> xid.id().toString()).toList());
  }

  private List<Xid> prepared(Connection connection) throws SQLException {
    var listed = new ArrayList<Xid>();
    try (var statement = connection.createStatement();
        var row = statement.executeQuery("XA RECOVER")) {
      while (row.next()) {
        Xid.read(row, context).ifPresent(listed::add);
      }
    }
    return listed;
  }

  @Override
  public ApplyResult finish(Epoch epoch, SegmentReader segments) throws StoreException {
    return link.inTransaction(
        "Finishing the epoch of checkpoint " + epoch.checkpointId(),
        connection -> finishIn(connection, epoch, segments));
  }

  private ApplyResult finishIn(Connection connection, Epoch epoch, SegmentReader segments)
      throws SQLException, StoreException {
    var decisions = new Decisions(connection, context);
    if (!decisions.beginFinish(epoch)) {
      return new ApplyResult(true, 0);
    }
    var rejected = 0L;
    if (!epoch.parts().isEmpty()) {
      var markers = new Markers(connection, context.names());
      var number = markers.insert(epoch.withoutTransactions(), context.targets()).orElseThrow();
      Markers.setVariables(connection, number, context.sinkId());
      var rows = new TransactionRows(connection, context.names(), context.tables(), onReject);
      rows.write(epoch, segments);
      rejected = rows.rejected();
      markers.finish(epoch, rejected);
    }
    decisions.finish(epoch);
    CrashPoints.reach(CrashPoints.APPLY_BEFORE_COMMIT);
    return new ApplyResult(false, rejected);
  }

  private <R> R outsideTransaction(String doing, MariaDbLink.Work<R> work) throws StoreException {
    return link.run(
        doing,
        connection -> {
          connection.setAutoCommit(true);
          return work.run(connection);
        });
  }

  @Override
  public void abort() {
    link.abort();
  }

  @Override
  public void close() {
    link.close();
  }
}
