package io.onceflow.testbed.run.crash;

import io.onceflow.testbed.servers.PostgresDatabase;
import io.onceflow.testbed.servers.RoleScript;
import io.onceflow.testbed.servers.TestServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;

/** What an outside observer sees of one job's database. */
record CrashStore(PostgresDatabase database) {

  private static final Path SQL = Path.of("../../flink-conf/sql");

  static CrashStore create() throws IOException, SQLException {
    var store = new CrashStore(TestServers.newDatabase());
    // The role and the schema are both called onceflow, and "$user" comes first in the search path.
    store.execute(
        "ALTER DATABASE \"%s\" SET search_path = public".formatted(store.database.name()));
    var server = store.database.server();
    for (var file : List.of("onceflow.sql", "register.sql")) {
      store.execute(Files.readString(SQL.resolve(file)));
    }
    for (var file : List.of("roles.sql", "register-roles.sql")) {
      store.execute(
          RoleScript.fill(
              SQL.resolve(file), store.database.name(), server.jobUser(), server.user()));
    }
    store.execute("CREATE TABLE numbers (id bigint PRIMARY KEY)");
    store.execute("GRANT INSERT ON numbers TO " + server.jobUser());
    return store;
  }

  /** Rows that any reader sees. */
  long rows() throws SQLException {
    return number("SELECT count(*) FROM numbers");
  }

  /** Rows that are there more than once. */
  long duplicates() throws SQLException {
    return number("SELECT count(*) - count(DISTINCT id) FROM numbers");
  }

  /** Rows that the visible markers promise. */
  long rowsOfMarkers() throws SQLException {
    return number("SELECT coalesce(sum(row_count), 0) FROM onceflow.marker");
  }

  /** The newest checkpoint that a visible, complete marker names. */
  long newestMarker() throws SQLException {
    return number("SELECT coalesce(max(checkpoint_id), 0) FROM onceflow.marker");
  }

  /** The newest checkpoint that the sink's row names: applied, or decided. */
  long lastCheckpoint() throws SQLException {
    return number(
        "SELECT coalesce(max(last_checkpoint_id), 0) FROM onceflow.sink WHERE sink_id = 'numbers'");
  }

  /** Transactions that are prepared. */
  long inDoubt() throws SQLException {
    return number("SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()");
  }

  /** Prepared transactions that the register holds a vote for. */
  long votedInDoubt() throws SQLException {
    return number(
        "SELECT count(*) FROM pg_prepared_xacts JOIN onceflow.register_vote v ON v.transaction_id = gid WHERE database = current_database()");
  }

  /** Prepared transactions that the register holds this verdict for. */
  long decidedInDoubt(String verdict) throws SQLException {
    return number(
        "SELECT count(*) FROM pg_prepared_xacts JOIN onceflow.register_decision d ON d.transaction_id = gid WHERE d.verdict = '%s' AND database = current_database()"
            .formatted(verdict));
  }

  /** Visible markers whose transaction was never decided, or decided ABORT, in the register. */
  long markersWithoutCommit() throws SQLException {
    return number(
        "SELECT count(*) FROM onceflow.marker m WHERE NOT EXISTS (SELECT 1 FROM onceflow.register_decision d WHERE d.transaction_id = m.transaction_id AND d.verdict = 'COMMIT')");
  }

  private void execute(String sql) throws SQLException {
    try (var connection = database.connect();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private long number(String query) throws SQLException {
    try (var connection = database.connect();
        var statement = connection.createStatement();
        var row = statement.executeQuery(query)) {
      row.next();
      return row.getLong(1);
    }
  }
}
