package io.onceflow.testbed.run.upgrade;

import io.onceflow.testbed.servers.PostgresDatabase;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.PGConnection;

/** The rows of all tables of a ledger database, as PostgreSQL's COPY writes them. */
final class TableDump {

  private static final List<String> TABLES =
      List.of(
          "onceflow.sink",
          "onceflow.run",
          "onceflow.marker",
          "onceflow.mapping",
          "ledger.transfers",
          "ledger.accounts",
          "ledger.results");

  private static final String HEAD = "\\table ";
  private static final String END = "\\.";

  private TableDump() {}

  static List<String> write(PostgresDatabase database) throws SQLException, IOException {
    var lines = new ArrayList<String>();
    try (var connection = database.connect()) {
      for (var table : TABLES) {
        var target = "%s (%s)".formatted(table, columns(connection, table));
        var rows = new StringWriter();
        copy(connection).copyOut("COPY %s TO STDOUT".formatted(target), rows);
        lines.add(HEAD + target);
        rows.toString().lines().forEach(lines::add);
        lines.add(END);
      }
    }
    return lines;
  }

  /** Fills the tables of this version; columns that came later keep their defaults. */
  static void read(PostgresDatabase database, List<String> lines) throws SQLException, IOException {
    try (var connection = database.connect()) {
      var rows = new StringBuilder();
      var target = "";
      for (var line : lines) {
        if (line.startsWith(HEAD)) {
          target = line.substring(HEAD.length());
          rows.setLength(0);
        } else if (line.equals(END)) {
          copy(connection)
              .copyIn("COPY %s FROM STDIN".formatted(target), new StringReader(rows.toString()));
        } else {
          rows.append(line).append('\n');
        }
      }
      try (var statement = connection.createStatement()) {
        statement.execute(
            "SELECT setval(pg_get_serial_sequence('onceflow.marker', 'epoch'), max(epoch)) FROM onceflow.marker");
      }
    }
  }

  private static String columns(Connection connection, String table) throws SQLException {
    try (var statement = connection.createStatement();
        var rows =
            statement.executeQuery(
                "SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = '%s'::regclass AND attnum > 0 AND NOT attisdropped"
                    .formatted(table))) {
      rows.next();
      return rows.getString(1);
    }
  }

  private static org.postgresql.copy.CopyManager copy(Connection connection) throws SQLException {
    return connection.unwrap(PGConnection.class).getCopyAPI();
  }
}
