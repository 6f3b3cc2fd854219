package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.OpenResult;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.StoreSession;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One committer's connection: claims the sink, applies epochs, each in one transaction. */
final class PostgresSession implements StoreSession {

  private static final Logger LOG = LoggerFactory.getLogger(PostgresSession.class);

  /**
   * An epoch that was acknowledged must survive a crash of the server, whatever its default. A
   * client that vanished must not keep its locks for the two hours of the system's TCP keep-alive,
   * and whoever waits for them tries again instead of waiting without end.
   */
  private static final String SESSION_SETTINGS =
      """
      SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local');
      SET idle_in_transaction_session_timeout = '60s';
      SET lock_timeout = '30s';
      SET tcp_keepalives_idle = 10;
      SET tcp_keepalives_interval = 5;
      SET tcp_keepalives_count = 3;
      SELECT set_config('client_connection_check_interval', '10s', false) WHERE current_setting('server_version_num')::int >= 140000;
      """;

  private final PostgresConnector connector;
  private final SinkId sinkId;
  private final String runId;
  private final List<PostgresTable<?>> tables;
  private final OnReject onReject;
  private final SinkTables sinkTables;

  private volatile Connection connection;
  private volatile boolean aborted;

  PostgresSession(
      PostgresConnector connector,
      SinkId sinkId,
      String runId,
      List<PostgresTable<?>> tables,
      OnReject onReject) {
    this.connector = connector;
    this.sinkId = sinkId;
    this.runId = runId;
    this.tables = tables;
    this.onReject = onReject;
    this.sinkTables = new SinkTables(sinkId);
  }

  @Override
  public void preflight() throws StoreException {
    inTransaction(
        "Checking the database",
        current -> {
          new PostgresPreflight(current, tables, onReject).check();
          return null;
        });
  }

  @Override
  public OpenResult open(OpenRequest request) throws StoreException {
    return inTransaction("Claiming the sink", current -> sinkTables.claim(current, request));
  }

  @Override
  public ApplyResult apply(Epoch epoch, SegmentReader segments) throws StoreException {
    return inTransaction(
        "Committing the epoch of checkpoint " + epoch.checkpointId(),
        current -> applyIn(current, epoch, segments));
  }

  private ApplyResult applyIn(Connection current, Epoch epoch, SegmentReader segments)
      throws SQLException, StoreException {
    var number = sinkTables.insertMarker(current, epoch, tables);
    if (number.isEmpty()) {
      return new ApplyResult(true, 0);
    }
    sinkTables.beginEpoch(current, number.getAsLong());
    var rows = writeRows(current, epoch, segments);
    sinkTables.finishEpoch(current, epoch, runId, rows.rejected());
    CrashPoints.reach(CrashPoints.APPLY_BEFORE_COMMIT);
    return new ApplyResult(false, rows.rejected());
  }

  /**
   * Constraints that the user deferred are checked when all tables are written. Only when one of
   * them fails is the epoch written again with immediate checks, which can tell the row at fault.
   */
  private EpochTransaction writeRows(Connection current, Epoch epoch, SegmentReader segments)
      throws SQLException, StoreException {
    var savepoint = current.setSavepoint();
    var rows = new EpochTransaction(current, tables, onReject, segments);
    rows.write(epoch);
    try {
      checkConstraints(current);
    } catch (SQLException e) {
      if (PostgresErrors.classify(e) != ErrorClass.ROW) {
        throw e;
      }
      current.rollback(savepoint);
      checkConstraints(current);
      rows = new EpochTransaction(current, tables, onReject, segments);
      rows.write(epoch);
    }
    return rows;
  }

  private static void checkConstraints(Connection current) throws SQLException {
    try (var statement = current.createStatement()) {
      statement.execute("SET CONSTRAINTS ALL IMMEDIATE");
    }
  }

  /** A piece of work that the caller commits. */
  private interface Work<R> {
    R run(Connection connection) throws SQLException, StoreException;
  }

  private <R> R inTransaction(String doing, Work<R> work) throws StoreException {
    var done = false;
    try {
      var current = connected();
      var result = work.run(current);
      commit(current, doing);
      done = true;
      return result;
    } catch (SQLException e) {
      throw PostgresErrors.exception(PostgresErrors.classify(e), doing, e);
    } finally {
      if (!done) {
        disconnect();
      }
    }
  }

  private static void commit(Connection current, String doing) throws StoreException {
    try {
      current.commit();
    } catch (SQLException e) {
      throw PostgresErrors.exception(PostgresErrors.classifyCommit(e), doing + ": COMMIT", e);
    }
  }

  private Connection connected() throws SQLException {
    if (connection == null) {
      var opened = connector.connect();
      connection = opened;
      if (aborted) {
        throw new SQLException("The session was aborted.", "57P01");
      }
      prepare(opened);
    }
    return connection;
  }

  private void prepare(Connection opened) throws SQLException {
    opened.setAutoCommit(true);
    try (var statement = opened.createStatement()) {
      statement.execute(SESSION_SETTINGS);
    }
    opened.setAutoCommit(false);
  }

  /** A connection on which something failed is not used again: its state is unknown. */
  private void disconnect() {
    var current = connection;
    connection = null;
    if (current != null) {
      try {
        current.close();
      } catch (SQLException e) {
        LOG.debug("Sink '{}': closing a broken connection: {}", sinkId, e.toString());
      }
    }
  }

  @Override
  public void abort() {
    aborted = true;
    var current = connection;
    if (current != null) {
      try {
        // On a thread of its own: closing a TLS socket may wait for a write that is stuck.
        current.abort(PostgresSession::runAside);
      } catch (SQLException e) {
        LOG.debug("Sink '{}': aborting a connection: {}", sinkId, e.toString());
      }
    }
  }

  private static void runAside(Runnable command) {
    var thread = new Thread(command, "onceflow-abort");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    disconnect();
  }

  static StoreException fenced(String message) {
    return new StoreException(ErrorClass.FENCED, message, null);
  }
}
