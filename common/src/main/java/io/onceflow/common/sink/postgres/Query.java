package io.onceflow.common.sink.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;

/** One statement with its parameters, for code that runs many different ones. */
record Query(String sql, Object... parameters) {

  /** Makes a value of the current row. */
  interface RowReader<R> {
    R read(ResultSet row) throws SQLException;
  }

  <R> List<R> list(Connection connection, RowReader<R> reader) throws SQLException {
    try (var statement = bind(connection);
        var row = statement.executeQuery()) {
      var values = new ArrayList<R>();
      while (row.next()) {
        values.add(reader.read(row));
      }
      return values;
    }
  }

  /** The value of the only row. */
  <R> R one(Connection connection, RowReader<R> reader) throws SQLException {
    return list(connection, reader).get(0);
  }

  String text(Connection connection) throws SQLException {
    return one(connection, row -> row.getString(1));
  }

  long number(Connection connection) throws SQLException {
    return one(connection, row -> row.getLong(1));
  }

  int update(Connection connection) throws SQLException {
    try (var statement = bind(connection)) {
      return statement.executeUpdate();
    }
  }

  private PreparedStatement bind(Connection connection) throws SQLException {
    var statement = connection.prepareStatement(sql);
    for (var i = 0; i < parameters.length; i++) {
      if (parameters[i] instanceof Object[] array) {
        var type = array instanceof Long[] ? "bigint" : "text";
        statement.setArray(i + 1, connection.createArrayOf(type, array));
      } else {
        statement.setObject(i + 1, parameters[i]);
      }
    }
    return statement;
  }

  static Instant instant(ResultSet row, String column) throws SQLException {
    var time = row.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }

  static Long number(ResultSet row, String column) throws SQLException {
    var value = row.getLong(column);
    return row.wasNull() ? null : value;
  }
}
