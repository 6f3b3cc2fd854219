package io.onceflow.common.sink.postgres;

import io.onceflow.common.config.PostgresConfig;
import io.onceflow.common.config.Secret;
import io.onceflow.testbed.servers.PostgresDatabase;
import io.onceflow.testbed.servers.TestServers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** A fresh database with the tables of {@code flink-conf/sql/onceflow.sql}. */
public record OnceflowDatabase(PostgresDatabase database) {

  /** Creates it on the shared server and runs more statements in it. */
  public static OnceflowDatabase create(String ddl) {
    return on(TestServers.newDatabase(), ddl);
  }

  /** Prepares a database that is there already. */
  public static OnceflowDatabase on(PostgresDatabase database, String ddl) {
    var created = new OnceflowDatabase(database);
    // The role and the schema are both called onceflow, and "$user" comes first in the search path.
    created.sql(
        "ALTER DATABASE \"%s\" SET search_path = public".formatted(created.database.name()));
    try {
      created.sql(Files.readString(Path.of("../flink-conf/sql/onceflow.sql")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    created.sql(ddl);
    return created;
  }

  /** The configuration to reach it directly. */
  public PostgresConfig config() {
    return configThrough(database.server().port());
  }

  /** The configuration to reach it through another port of this host. */
  public PostgresConfig configThrough(int port) {
    return PostgresConfig.loopback(
        port,
        database.name(),
        database.server().user(),
        Secret.fromFile(database.server().passwordFile().toString()));
  }

  /** Runs statements. */
  public void sql(String statements) {
    try (var connection = database.connect();
        var statement = connection.createStatement()) {
      statement.execute(statements);
    } catch (SQLException e) {
      throw new IllegalStateException(statements, e);
    }
  }

  /** The first column of every row, as text. */
  public List<String> column(String query) {
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

  /** The only value of a query. */
  public long number(String query) {
    return Long.parseLong(column(query).get(0));
  }
}
