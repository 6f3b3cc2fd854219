package io.onceflow.tool;

import static io.onceflow.tool.ToolDatabase.LINEAGE;
import static io.onceflow.tool.ToolDatabase.RUN;
import static io.onceflow.tool.ToolDatabase.SINK;
import static io.onceflow.tool.ToolDatabase.WRITER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.onceflow.testbed.servers.MariaDbDatabase;
import io.onceflow.testbed.servers.MariaDbServer;
import io.onceflow.testbed.servers.TestServers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A database of payments on the shared MariaDB server, the onceflow tables beside it, and the
 * configuration of a job that uses them.
 */
record MariaDbToolDatabase(MariaDbDatabase database, Path directory) {

  private static final Pattern GRANT =
      Pattern.compile("(GRANT [A-Z, ]+ ON onceflow\\.[a-z_*]+) TO [^;]*;");

  static MariaDbToolDatabase create(Path directory) {
    var created = new MariaDbToolDatabase(TestServers.newMariaDbDatabase(), directory);
    try {
      created.sql("DROP DATABASE IF EXISTS onceflow");
      created.sql(Files.readString(Path.of("../flink-conf/sql/onceflow-mariadb.sql")));
      created.sql(
          """
          CREATE TABLE payments (id bigint PRIMARY KEY, amount bigint NOT NULL DEFAULT 1 CHECK (amount > 0),
            proof varbinary(8), epoch bigint NOT NULL)
          """);
      created.grant();
      created.configure("");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return created;
  }

  /** What the manual and the script of the tables say that the job and the tool need. */
  private void grant() throws IOException {
    var grants = new StringBuilder();
    var texts =
        Files.readString(Path.of("../docs/mariadb.md"))
            + Files.readString(Path.of("../flink-conf/sql/onceflow-mariadb.sql"));
    var lines = GRANT.matcher(texts);
    while (lines.find()) {
      grants.append("%s TO %s@'127.0.0.1';%n".formatted(lines.group(1), server().jobUser()));
    }
    grants.append(
        "GRANT SELECT, INSERT, UPDATE, CREATE TEMPORARY TABLES ON %s.* TO %s@'127.0.0.1';"
            .formatted(database.name(), server().jobUser()));
    server().sqlAsSuperuser(grants.toString());
  }

  private MariaDbServer server() {
    return database.server();
  }

  Path config() {
    return directory.resolve("job.yaml");
  }

  /** Writes the configuration, with more keys of the group sink. */
  void configure(String more) throws IOException {
    var server = database.server();
    Files.writeString(
        config(),
        """
        sink:
          id: %s
        %smariadb:
          host: 127.0.0.1
          port: %d
          database: %s
          user: %s
          password-file: %s
          ssl-mode: disable
        """
            .formatted(
                SINK,
                more,
                server.port(),
                database.name(),
                server.jobUser(),
                server.passwordFile()));
  }

  /** Runs the tool; nothing it prints may hold the password. */
  ToolResult tool(String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--config", config().toString()));
    var result = ToolResult.run(all.toArray(String[]::new));
    assertThat(result.out() + result.err()).doesNotContain(database.server().password());
    return result;
  }

  /** Makes the sink known, as if nothing had happened for an hour. */
  void sink(long lastCheckpointId) {
    sql(
        """
        INSERT INTO onceflow.sink (sink_id, lineage, owner_run, last_checkpoint_id, last_restore_path)
        VALUES ('%s', '%s', '%s', %d, '/checkpoints/chk-%d');
        INSERT INTO onceflow.run (sink_id, run_id, lineage, claimed_at)
        VALUES ('%s', '%s', '%s', utc_timestamp(6) - INTERVAL 1 HOUR);
        """
            .formatted(SINK, LINEAGE, RUN, lastCheckpointId, lastCheckpointId, SINK, RUN, LINEAGE));
  }

  /** A marker of one row that was committed so many seconds ago. */
  void marker(long checkpointId, long secondsAgo) {
    sql(
        """
        INSERT INTO onceflow.marker (transaction_id, sink_id, lineage, checkpoint_id, subtask, row_count, byte_count,
          checksum, rows_by_target, prepared_at, committed_at)
        VALUES ('of.%s.%s.0.%d', '%s', '%s', %d, 0, 1, 100, 7, '{"payments": 1}',
          utc_timestamp(6) - INTERVAL %d SECOND, utc_timestamp(6) - INTERVAL %d SECOND)
        """
            .formatted(
                SINK, WRITER, checkpointId, SINK, LINEAGE, checkpointId, secondsAgo, secondsAgo));
  }

  /** Prepares as a writer does: the marker is inside, without checkpoint until it is finished. */
  void prepareWithMarker(long sequence) {
    prepare(
        "'of.%s','%s.0.%d',1".formatted(SINK, WRITER, sequence),
        """
        INSERT INTO onceflow.marker (transaction_id, sink_id, subtask, row_count, byte_count, checksum, rows_by_target,
          prepared_at)
        VALUES ('%s', '%s', 0, 1, 10, 5, '{"payments": 1}', utc_timestamp(6));
        INSERT INTO payments (id, epoch) VALUES (%d, last_insert_id());
        """
            .formatted(TestEpochs.id(sequence), SINK, sequence));
  }

  /** Prepares a transaction and lets its connection go, as that of a job that died. */
  void prepare(String xid, String statements) {
    try (var connection = database.connect();
        var run = connection.createStatement()) {
      run.execute("XA START " + xid);
      run.execute(statements);
      while (run.getMoreResults() || run.getUpdateCount() != -1) {
        assertThat(run.getResultSet()).isNull();
      }
      run.execute("XA END " + xid);
      run.execute("XA PREPARE " + xid);
    } catch (SQLException e) {
      throw new IllegalStateException(statements, e);
    }
    await()
        .until(
            () ->
                column(
                        "SELECT count(*) FROM information_schema.processlist WHERE id <> connection_id()")
                    .equals(List.of("0")));
  }

  /** What is prepared on the server, as statements name it. */
  List<String> prepared() {
    try (var connection = database.connect();
        var statement = connection.createStatement();
        var rows = statement.executeQuery("XA RECOVER FORMAT='SQL'")) {
      var names = new ArrayList<String>();
      while (rows.next()) {
        names.add(rows.getString(4));
      }
      return names;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  void sql(String statements) {
    try (var connection = database.connect();
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
