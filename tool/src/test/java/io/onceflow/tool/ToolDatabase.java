package io.onceflow.tool;

import io.onceflow.testbed.servers.PostgresDatabase;
import io.onceflow.testbed.servers.RoleScript;
import io.onceflow.testbed.servers.TestServers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** A fresh database with the onceflow tables, and the configuration of a job that uses it. */
record ToolDatabase(PostgresDatabase database, Path directory) {

  static final String SINK = "payments";
  static final String LINEAGE = "11111111-1111-1111-1111-111111111111";
  static final String RUN = "22222222-2222-2222-2222-222222222222";
  static final String WRITER = "0123456789abcdef0123456789abcdef";

  static ToolDatabase create(Path directory) {
    var database = new ToolDatabase(TestServers.newDatabase(), directory);
    var name = database.database.name();
    var job = database.database.server().jobUser();
    database.sql(
        """
        ALTER DATABASE "%1$s" SET search_path = public;
        REVOKE ALL ON DATABASE "%1$s" FROM PUBLIC;
        GRANT CONNECT ON DATABASE "%1$s" TO %2$s;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE ON TABLES TO %2$s;
        """
            .formatted(name, job));
    try {
      database.script("onceflow.sql", "roles.sql");
      Files.writeString(database.config(), database.yaml());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return database;
  }

  Path config() {
    return directory.resolve("job.yaml");
  }

  /** With keys of the job that the tool does not know, as a real one has. */
  private String yaml() {
    return """
        source:
          topic: payments
        sink:
          id: %s
          scope: sink
        postgres:
          host: 127.0.0.1
          port: %d
          database: %s
          user: %s
          password-file: %s
          ssl-mode: disable
        """
        .formatted(
            SINK,
            database.server().port(),
            database.name(),
            database.server().jobUser(),
            database.server().passwordFile());
  }

  /** Makes the sink known, owned by {@link #RUN}, as if nothing had happened for an hour. */
  void sink(long lastCheckpointId) {
    sql(
        """
        INSERT INTO onceflow.sink (sink_id, lineage, owner_run, last_checkpoint_id, last_restore_path)
        VALUES ('%s', '%s', '%s', %d, '/checkpoints/chk-%d');
        INSERT INTO onceflow.run (sink_id, run_id, lineage, claimed_at)
        VALUES ('%s', '%s', '%s', now() - interval '1 hour');
        """
            .formatted(SINK, LINEAGE, RUN, lastCheckpointId, lastCheckpointId, SINK, RUN, LINEAGE));
  }

  /** A marker that was committed so many seconds ago. */
  void marker(long checkpointId, long rows, long secondsAgo) {
    sql(
        """
        INSERT INTO onceflow.marker (transaction_id, sink_id, lineage, checkpoint_id, subtask, row_count, byte_count,
          checksum, rows_by_target, prepared_at, committed_at)
        VALUES ('of.%s.%s.0.%d', '%s', '%s', %d, 0, %d, 100, 7, '{"public.payments": %d}',
          now() - interval '%d seconds', now() - interval '%d seconds')
        """
            .formatted(
                SINK,
                WRITER,
                checkpointId,
                SINK,
                LINEAGE,
                checkpointId,
                rows,
                rows,
                secondsAgo,
                secondsAgo));
  }

  /** Prepares a transaction that has run a statement. */
  void prepare(String id, String statement) {
    try (var connection = database.server().connectAsJob(database.name())) {
      connection.setAutoCommit(false);
      try (var run = connection.createStatement()) {
        run.execute(statement);
        run.execute("PREPARE TRANSACTION '%s'".formatted(id));
      }
    } catch (SQLException e) {
      throw new IllegalStateException(statement, e);
    }
  }

  /** Prepares as a writer does: the marker is inside, without checkpoint until it is finished. */
  void prepareWithMarker(String id, String statement) {
    prepare(
        id,
        """
        WITH marker AS (
          INSERT INTO onceflow.marker (transaction_id, sink_id, subtask, row_count, byte_count, checksum, rows_by_target,
            prepared_at)
          VALUES ('%s', '%s', 0, 1, 10, 5, '{"public.payments": 1}', clock_timestamp()) RETURNING epoch)
        SELECT set_config('onceflow.epoch', epoch::text, true) FROM marker;
        %s
        """
            .formatted(id, SINK, statement));
  }

  /** Makes the tables of one script as the owner, and gives the job the rights of another. */
  void script(String tables, String roles) throws IOException {
    var server = database.server();
    var scripts = Path.of("../flink-conf/sql");
    sql(Files.readString(scripts.resolve(tables)));
    sql(RoleScript.fill(scripts.resolve(roles), database.name(), server.jobUser(), server.user()));
  }

  /** Runs statements as the owner, who is not the role of the job and the tool. */
  void sql(String statements) {
    sql(database::connect, statements);
  }

  /** Runs statements as the superuser, who alone may settle what the job has prepared. */
  void administer(String statements) {
    sql(() -> database.server().connectAsSuperuser(database.name()), statements);
  }

  private interface Opening {
    Connection open() throws SQLException;
  }

  private static void sql(Opening opening, String statements) {
    try (var connection = opening.open();
        var statement = connection.createStatement()) {
      statement.execute(statements);
    } catch (SQLException e) {
      throw new IllegalStateException(statements, e);
    }
  }

  List<String> column(String query) {
    try (var connection = database.connect();
        var statement = connection.createStatement();
        var rows = statement.executeQuery(query)) {
      var values = new ArrayList<String>();
      while (rows.next()) {
        values.add(rows.getString(1));
      }
      return values;
    } catch (SQLException e) {
      throw new IllegalStateException(query, e);
    }
  }
}
