package io.onceflow.producer;

import io.onceflow.testbed.servers.PostgresDatabase;
import io.onceflow.testbed.servers.TestServers;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.util.logging.Logger;
import javax.sql.DataSource;

/** A database with the outbox's tables, without a pool. */
record TestDataSource(PostgresDatabase database) implements DataSource {

  static TestDataSource create() throws SQLException, IOException {
    TestDataSource created = new TestDataSource(TestServers.newDatabase());
    try (InputStream sql = PostgresOutbox.class.getResourceAsStream("outbox.sql")) {
      created.execute(new String(sql.readAllBytes(), StandardCharsets.UTF_8));
    }
    return created;
  }

  void execute(String sql) throws SQLException {
    try (Connection connection = getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  long count(String query) throws SQLException {
    try (Connection connection = getConnection();
        Statement statement = connection.createStatement();
        var rows = statement.executeQuery(query)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  void add(String producer, OutboxMessage message) throws SQLException {
    try (Connection connection = getConnection()) {
      PostgresOutbox.add(connection, producer, message);
    }
  }

  @Override
  public Connection getConnection() throws SQLException {
    return database.connect();
  }

  @Override
  public Connection getConnection(String user, String password) throws SQLException {
    throw new SQLFeatureNotSupportedException();
  }

  @Override
  public PrintWriter getLogWriter() {
    return null;
  }

  @Override
  public void setLogWriter(PrintWriter out) {}

  @Override
  public void setLoginTimeout(int seconds) {}

  @Override
  public int getLoginTimeout() {
    return 0;
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    throw new SQLFeatureNotSupportedException();
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    throw new SQLException("It wraps nothing.");
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return false;
  }
}
