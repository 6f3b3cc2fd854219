package io.onceflow.common.sink.mariadb;

import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection: opened when it is first needed, given up after every error, because its state is
 * unknown then, and broken by {@link #abort()} from another thread. All else is called by one
 * thread.
 */
final class MariaDbLink implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(MariaDbLink.class);

  /**
   * READ COMMITTED: each statement sees what is committed when it begins, so a marker that another
   * process has just committed is found, and no gaps are locked. Strict: what does not fit is an
   * error; zero is a value and not the wish for the next number. Notes, such as of digits that a
   * decimal column rounds off, do not count as warnings. A client that vanished does not keep its
   * locks, and whoever waits for them tries again instead of waiting without end.
   */
  private static final List<String> SETTINGS =
      List.of(
          "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
          """
          SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE,\
          NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO', sql_notes = 0, time_zone = '+00:00',
            sql_safe_updates = 0, foreign_key_checks = 1, unique_checks = 1, check_constraint_checks = 1,
            innodb_lock_wait_timeout = 30, lock_wait_timeout = 30, net_read_timeout = 300
          """);

  private final MariaDbConnector connector;
  private final SinkId sinkId;
  private final int idleTransactionSeconds;

  private volatile Connection connection;
  private volatile boolean aborted;

  /**
   * @param idleTransactionSeconds after which the server ends a transaction of a client that says
   *     nothing; 0 for never
   */
  MariaDbLink(MariaDbConnector connector, SinkId sinkId, int idleTransactionSeconds) {
    this.connector = connector;
    this.sinkId = sinkId;
    this.idleTransactionSeconds = idleTransactionSeconds;
  }

  /** Something to do with the connection. */
  interface Work<R> {
    R run(Connection connection) throws SQLException, StoreException;
  }

  /** Does it in a transaction of the connection and commits. */
  <R> R inTransaction(String doing, Work<R> work) throws StoreException {
    return run(
        doing,
        current -> {
          current.setAutoCommit(false);
          var result = work.run(current);
          commit(current, doing);
          return result;
        });
  }

  /** Does it statement by statement; what transaction there is, is the work's affair. */
  <R> R run(String doing, Work<R> work) throws StoreException {
    var done = false;
    try {
      var result = work.run(connected());
      done = true;
      return result;
    } catch (SQLException e) {
      throw MariaDbErrors.exception(MariaDbErrors.classify(e), doing, e);
    } finally {
      if (!done) {
        close();
      }
    }
  }

  private void commit(Connection current, String doing) throws StoreException {
    try {
      if (aborted) {
        throw new SQLException("The session was aborted.", "08003");
      }
      current.commit();
    } catch (SQLException e) {
      throw MariaDbErrors.exception(MariaDbErrors.classifyCommit(e), doing + ": COMMIT", e);
    }
  }

  private Connection connected() throws SQLException {
    if (connection == null) {
      var opened = connector.connect();
      connection = opened;
      if (aborted) {
        throw new SQLException("The session was aborted.", "08003");
      }
      for (var sql : SETTINGS) {
        execute(opened, sql);
      }
      execute(opened, "SET SESSION idle_transaction_timeout = " + idleTransactionSeconds);
    }
    return connection;
  }

  static void execute(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The only number that a query returns. */
  static long number(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement();
        var row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }

  /** Breaks what is under way, or about to begin, from another thread. Final. */
  void abort() {
    aborted = true;
    var current = connection;
    if (current != null) {
      // On a thread of its own: closing a TLS socket may wait for a write that is stuck.
      var thread = new Thread(() -> breakOff(current), "onceflow-abort");
      thread.setDaemon(true);
      thread.start();
    }
  }

  private void breakOff(Connection current) {
    try {
      BreakableClient.breakOff(current);
    } catch (SQLException e) {
      LOG.debug("Sink '{}': aborting a connection: {}", sinkId, e.toString());
    }
  }

  /** Closes the connection; the server rolls back what is open. The next call connects anew. */
  @Override
  public void close() {
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
}
