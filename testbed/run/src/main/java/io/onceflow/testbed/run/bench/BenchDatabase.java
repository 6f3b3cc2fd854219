package io.onceflow.testbed.run.bench;

import io.onceflow.testbed.servers.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * A database for one measurement, on a server that has just written a checkpoint, so that nobody
 * pays for the pages of whoever came before. Closing drops it, prepared transactions included.
 *
 * @param server where it is
 * @param name its name
 */
record BenchDatabase(PostgresServer server, String name) implements AutoCloseable {

  private static final Path SINK_TABLES = Path.of("flink-conf", "sql", "onceflow.sql");

  static BenchDatabase create(PostgresServer server, String name, Workload workload)
      throws SQLException, IOException {
    server.createDatabase(name);
    var database = new BenchDatabase(server, name);
    // Role and schema are both called onceflow, and "$user" comes first in the search path.
    database.sql("ALTER DATABASE \"%s\" SET search_path = public".formatted(name));
    database.sql(Files.readString(inProject(SINK_TABLES)));
    database.sql(workload.ddl());
    try (var connection = server.connectAsSuperuser();
        var statement = connection.createStatement()) {
      statement.execute("CHECKPOINT");
    }
    return database;
  }

  /** The build runs in the module's directory, the launcher in the project's. */
  private static Path inProject(Path file) throws IOException {
    for (var at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.exists(at.resolve(file))) {
        return at.resolve(file);
      }
    }
    throw new IOException(
        "%s is not in %s or above it; start the benchmark inside the project."
            .formatted(file, Path.of("").toAbsolutePath()));
  }

  void sql(String statements) throws SQLException {
    try (var connection = server.connect(name);
        var statement = connection.createStatement()) {
      statement.execute(statements);
    }
  }

  long number(String query) throws SQLException {
    try (var connection = server.connect(name);
        var statement = connection.createStatement();
        var row = statement.executeQuery(query)) {
      row.next();
      return row.getLong(1);
    }
  }

  /** How many prepared transactions a contender left, each rolled back now. */
  int rollBackPrepared() throws SQLException {
    try (var connection =
        DriverManager.getConnection(server.jdbcUrl(name), "postgres", server.password())) {
      var ids = preparedIds(connection);
      for (var id : ids) {
        try (var statement = connection.createStatement()) {
          statement.execute("ROLLBACK PREPARED '%s'".formatted(id.replace("'", "''")));
        }
      }
      return ids.size();
    }
  }

  private static List<String> preparedIds(Connection connection) throws SQLException {
    var ids = new ArrayList<String>();
    try (var statement = connection.createStatement();
        var rows =
            statement.executeQuery(
                "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()")) {
      while (rows.next()) {
        ids.add(rows.getString(1));
      }
    }
    return ids;
  }

  /** As the superuser: an autovacuum worker may be in there, and only a superuser may end it. */
  @Override
  public void close() throws SQLException {
    try (var connection = server.connectAsSuperuser();
        var statement = connection.createStatement()) {
      // A job that was stopped may wait for a lock that only a prepared transaction would release.
      statement.execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s'"
              .formatted(name));
      rollBackPrepared();
      statement.execute("DROP DATABASE \"%s\" WITH (FORCE)".formatted(name));
    }
  }
}
