package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection: opened when it is first needed, given up after every error, because its state is
 * unknown then, and broken by {@link #abort()} from another thread. All else is called by one
 * thread.
 */
final class DatabaseLink implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(DatabaseLink.class);

  /**
   * What was acknowledged must survive a crash of the server, whatever its default. A client that
   * vanished must not keep its locks for the two hours of the system's TCP keep-alive.
   */
  private static final String SETTINGS =
      """
      SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local');
      SET tcp_keepalives_idle = 10;
      SET tcp_keepalives_interval = 5;
      SET tcp_keepalives_count = 3;
      SELECT set_config('client_connection_check_interval', '10s', false) WHERE current_setting('server_version_num')::int >= 140000;
      """;

  private final PostgresConnector connector;
  private final String owner;
  private final String moreSettings;

  private volatile Connection connection;
  private volatile boolean aborted;

  /**
   * @param owner whose it is, for the log
   * @param moreSettings statements for every new connection, besides those that all need
   */
  DatabaseLink(PostgresConnector connector, String owner, String moreSettings) {
    this.connector = connector;
    this.owner = owner;
    this.moreSettings = moreSettings;
  }

  /** A link that the server's list of sessions shows with its sink. */
  static DatabaseLink ofSink(PostgresConnector connector, SinkId sinkId, String moreSettings) {
    return named("onceflow/" + sinkId, connector, sinkId, moreSettings);
  }

  /** A link of one of the sink's writers, which the next attempt's claim ends. */
  static DatabaseLink ofWriter(PostgresConnector connector, SinkId sinkId, String moreSettings) {
    return named(writerName(sinkId), connector, sinkId, moreSettings);
  }

  static String writerName(SinkId sinkId) {
    return "onceflow/%s/writer".formatted(sinkId);
  }

  private static DatabaseLink named(
      String name, PostgresConnector connector, SinkId sinkId, String moreSettings) {
    // A sink id is letters, digits and hyphens.
    return new DatabaseLink(
        connector, "Sink " + sinkId, "SET application_name = '%s';".formatted(name) + moreSettings);
  }

  /** Something to do with the connection. */
  interface Work<R> {
    R run(Connection connection) throws SQLException, StoreException;
  }

  /** Does it in the connection's transaction, which begins when there is none, and commits. */
  <R> R inTransaction(String doing, Work<R> work) throws StoreException {
    return run(
        doing,
        current -> {
          var result = work.run(current);
          commit(current, doing);
          return result;
        });
  }

  /** Does what PostgreSQL refuses in a transaction block: each statement is its own. */
  <R> R outsideTransaction(String doing, Work<R> work) throws StoreException {
    return run(
        doing,
        current -> {
          current.setAutoCommit(true);
          var result = work.run(current);
          current.setAutoCommit(false);
          return result;
        });
  }

  /** Does it in the connection's transaction and leaves that open. */
  <R> R run(String doing, Work<R> work) throws StoreException {
    var done = false;
    try {
      var result = work.run(connected());
      done = true;
      return result;
    } catch (SQLException e) {
      throw PostgresErrors.exception(PostgresErrors.classify(e), doing, e);
    } finally {
      if (!done) {
        close();
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
      opened.setAutoCommit(true);
      execute(opened, SETTINGS + moreSettings);
      opened.setAutoCommit(false);
    }
    return connection;
  }

  static void execute(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Breaks what is under way, or about to begin, from another thread. Final. */
  void abort() {
    aborted = true;
    var current = connection;
    if (current != null) {
      try {
        // On a thread of its own: closing a TLS socket may wait for a write that is stuck.
        current.abort(DatabaseLink::runAside);
      } catch (SQLException e) {
        LOG.debug("{}: aborting a connection: {}", owner, e.toString());
      }
    }
  }

  private static void runAside(Runnable command) {
    var thread = new Thread(command, "onceflow-abort");
    thread.setDaemon(true);
    thread.start();
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
        LOG.debug("{}: closing a broken connection: {}", owner, e.toString());
      }
    }
  }
}
