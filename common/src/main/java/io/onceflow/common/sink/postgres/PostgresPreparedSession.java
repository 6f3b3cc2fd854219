package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.OpenResult;
import io.onceflow.common.commit.PreparedSession;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StagedSession.ApplyResult;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.TransactionId;
import io.onceflow.common.commit.Verdict;
import io.onceflow.common.config.OneLine;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** The gatherer's or the committer's connection under PREPARED. */
final class PostgresPreparedSession implements PreparedSession {

  private static final String SETTINGS =
      "SET idle_in_transaction_session_timeout = '60s'; SET lock_timeout = '30s';";

  /** Each takes 50 ms. */
  private static final int WRITERS_END_TRIES = 200;

  private static final String UNDEFINED_OBJECT = "42704";
  private static final String BUSY = "55000";
  private static final String NOT_THE_OWNER = "42501";

  private final SinkId sinkId;
  private final String runId;
  private final List<PostgresTable<?>> tables;
  private final OnReject onReject;
  private final SinkTables sinkTables;
  private final PreparedTables preparedTables;
  private final DatabaseLink link;

  PostgresPreparedSession(
      PostgresConnector connector,
      SinkId sinkId,
      String runId,
      List<PostgresTable<?>> tables,
      OnReject onReject) {
    this.sinkId = sinkId;
    this.runId = runId;
    this.tables = tables;
    this.onReject = onReject;
    this.sinkTables = new SinkTables(sinkId);
    this.preparedTables = new PreparedTables(sinkTables);
    this.link = DatabaseLink.ofSink(connector, sinkId, SETTINGS);
  }

  /** Also prepares an empty transaction and rolls it back: nothing else tells that it works. */
  @Override
  public void preflight() throws StoreException {
    link.inTransaction(
        "Checking the database",
        current -> {
          PostgresPreflight.prepared(current, tables, sinkId).check();
          return null;
        });
    if (!inDoubt().isEmpty()) {
      // So it works; and what earlier attempts left may hold every slot.
      return;
    }
    var trial = new TransactionId(sinkId, UUID.randomUUID().toString().replace("-", ""), 0, 0);
    link.run(
        "Preparing an empty transaction",
        current -> {
          DatabaseLink.execute(current, "SELECT 1");
          DatabaseLink.execute(current, "PREPARE TRANSACTION '%s'".formatted(trial));
          return null;
        });
    rollBack(trial.toString());
  }

  @Override
  public OpenResult open(OpenRequest request) throws StoreException {
    var opened =
        link.inTransaction(
            "Claiming the sink",
            current -> {
              var claimed = sinkTables.claim(current, request);
              MappingTable.note(current, sinkId, tables);
              return claimed;
            });
    link.outsideTransaction("Ending the connections of earlier writers", this::endOlderWriters);
    return opened;
  }

  /**
   * A writer of an earlier attempt may be about to prepare, or hold the keys of rows that are
   * written again now, and its process may be far from noticing that it was replaced. Writers of
   * this attempt connect in its second epoch, long after it has claimed the sink.
   */
  private Void endOlderWriters(Connection current) throws SQLException, StoreException {
    var sql =
        """
        SELECT count(pg_terminate_backend(pid)), pg_sleep(0.05) FROM pg_stat_activity
        WHERE application_name = ? AND datname = current_database() AND usename = current_user
        """;
    try (var statement = current.prepareStatement(sql)) {
      statement.setString(1, DatabaseLink.writerName(sinkId));
      for (var tries = 0; tries < WRITERS_END_TRIES; tries++) {
        try (var row = statement.executeQuery()) {
          row.next();
          if (row.getLong(1) == 0) {
            return null;
          }
        }
      }
    }
    throw new StoreException(
        ErrorClass.TRANSIENT,
        "Writers of an earlier attempt of sink '%s' are still connected 10 s after they were asked to end."
            .formatted(sinkId),
        null);
  }

  @Override
  public void decide(Epoch epoch) throws StoreException {
    link.inTransaction(
        "Deciding on the epoch of checkpoint " + epoch.checkpointId(),
        current -> {
          preparedTables.decide(current, epoch, runId);
          return null;
        });
  }

  /**
   * PostgreSQL takes a transaction off its list only after its rows have become visible. So once
   * COMMIT PREPARED finds nothing, a statement that begins later sees the marker if there is one.
   */
  @Override
  public Verdict commit(String transactionId) throws StoreException {
    var id = checked(transactionId);
    var doing = "COMMIT PREPARED '%s'".formatted(id);
    return link.outsideTransaction(
        doing,
        current ->
            settle(current, doing) || PreparedTables.isMarked(current, id)
                ? Verdict.COMMITTED
                : Verdict.LOST);
  }

  @Override
  public boolean isCommitted(String transactionId) throws StoreException {
    var id = checked(transactionId);
    return link.inTransaction(
        "Looking for a marker", current -> PreparedTables.isMarked(current, id));
  }

  @Override
  public void rollBack(String transactionId) throws StoreException {
    var doing = "ROLLBACK PREPARED '%s'".formatted(checked(transactionId));
    link.outsideTransaction(doing, current -> settle(current, doing));
  }

  /**
   * @return false when there is no such prepared transaction
   */
  private static boolean settle(Connection current, String sql) throws StoreException {
    try {
      DatabaseLink.execute(current, sql);
      return true;
    } catch (SQLException e) {
      if (UNDEFINED_OBJECT.equals(e.getSQLState())) {
        return false;
      }
      if (BUSY.equals(e.getSQLState())) {
        // Somebody settles it at this moment.
        throw PostgresErrors.exception(ErrorClass.TRANSIENT, sql, e);
      }
      if (NOT_THE_OWNER.equals(e.getSQLState())) {
        throw new StoreException(
            ErrorClass.SYSTEM,
            "%s failed: %s. Only a superuser and the role that prepared it may: connect as that role, or settle it by hand."
                .formatted(sql, PostgresErrors.reason(e)),
            PostgresErrors.onOneLine(e));
      }
      throw PostgresErrors.exception(PostgresErrors.classifyCommit(e), sql, e);
    }
  }

  /** Only ids of this form get into a statement, where they cannot be a parameter. */
  private String checked(String transactionId) {
    if (TransactionId.parse(transactionId).filter(this::isOurs).isEmpty()) {
      throw new IllegalArgumentException(
          "%s is no transaction of sink '%s'.".formatted(OneLine.of(transactionId), sinkId));
    }
    return transactionId;
  }

  private boolean isOurs(TransactionId id) {
    return id.sinkId().equals(sinkId);
  }

  @Override
  public List<String> inDoubt() throws StoreException {
    var sql = "SELECT gid FROM pg_prepared_xacts WHERE database = current_database() ORDER BY gid";
    return link.inTransaction(
        "Listing prepared transactions",
        current -> {
          var ids = new ArrayList<String>();
          try (var statement = current.createStatement();
              var row = statement.executeQuery(sql)) {
            while (row.next()) {
              TransactionId.parse(row.getString(1))
                  .filter(this::isOurs)
                  .ifPresent(id -> ids.add(id.toString()));
            }
          }
          return ids;
        });
  }

  @Override
  public ApplyResult finish(Epoch epoch, SegmentReader segments) throws StoreException {
    return link.inTransaction(
        "Finishing the epoch of checkpoint " + epoch.checkpointId(),
        current -> finishIn(current, epoch, segments));
  }

  private ApplyResult finishIn(Connection current, Epoch epoch, SegmentReader segments)
      throws SQLException, StoreException {
    if (!preparedTables.beginFinish(current, epoch, runId)) {
      return new ApplyResult(true, 0);
    }
    var rejected = 0L;
    if (!epoch.parts().isEmpty()) {
      preparedTables.insertMarkerOfParts(current, epoch, tables);
      rejected = new EpochTransaction(current, tables, onReject, segments).writeAndCheck(epoch);
    }
    preparedTables.finish(current, epoch, rejected);
    CrashPoints.reach(CrashPoints.APPLY_BEFORE_COMMIT);
    return new ApplyResult(false, rejected);
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
