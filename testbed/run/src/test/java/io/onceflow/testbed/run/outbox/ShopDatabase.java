package io.onceflow.testbed.run.outbox;

import io.onceflow.producer.PostgresOutbox;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.ds.PGSimpleDataSource;

/** The shop's own database: its orders, the outbox beside them and what became of each. */
record ShopDatabase(String url, String user, String password) {

  PGSimpleDataSource dataSource() {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(url);
    source.setUser(user);
    source.setPassword(password);
    return source;
  }

  void create() throws SQLException, IOException {
    try (InputStream sql = PostgresOutbox.class.getResourceAsStream("outbox.sql")) {
      execute(new String(sql.readAllBytes(), StandardCharsets.UTF_8));
    }
    execute(
        """
        CREATE TABLE orders (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
        CREATE TABLE outcomes (sequence bigint NOT NULL, id text NOT NULL, result text NOT NULL);
        """);
  }

  void execute(String sql) throws SQLException {
    try (Connection connection = dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  long count(String query) throws SQLException {
    try (Connection connection = dataSource().getConnection();
        Statement statement = connection.createStatement();
        var rows = statement.executeQuery(query)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  List<String> texts(String query) throws SQLException {
    List<String> texts = new ArrayList<>();
    try (Connection connection = dataSource().getConnection();
        Statement statement = connection.createStatement();
        var rows = statement.executeQuery(query)) {
      while (rows.next()) {
        texts.add(rows.getString(1));
      }
    }
    return texts;
  }
}
