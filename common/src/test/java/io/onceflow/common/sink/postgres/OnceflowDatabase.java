package io.onceflow.common.sink.postgres;

import io.onceflow.common.config.PostgresConfig;
import io.onceflow.common.config.Secret;
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

/**
 * A fresh database with the tables of {@code flink-conf/sql/onceflow.sql}. Its owner makes tables
 * and looks at them; {@link #config()} is the job's role, which has the rights of {@code roles.sql}
 * and those on the tables of the schema public that a job needs, and no others.
 */
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
        """
        ALTER DATABASE "%1$s" SET search_path = public;
        REVOKE ALL ON DATABASE "%1$s" FROM PUBLIC;
        GRANT CONNECT ON DATABASE "%1$s" TO %2$s;
        """
            .formatted(created.database.name(), database.server().jobUser()));
    try {
      created.sql(Files.readString(Path.of("../flink-conf/sql/onceflow.sql")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    created.grant("roles.sql");
    // Tables that a test makes later get the same as those of the script.
    created.sql(
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE ON TABLES TO "
            + database.server().jobUser());
    created.sql(ddl);
    return created;
  }

  /** Runs a script of grants for the job's role; there is no reader besides the owner. */
  public void grant(String script) {
    grant(script, database.server().user());
  }

  /** Runs a script of grants for the job's role and for a reader. */
  void grant(String script, String reader) {
    sql(
        RoleScript.fill(
            Path.of("../flink-conf/sql", script),
            database.name(),
            database.server().jobUser(),
            reader));
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
        database.server().jobUser(),
        Secret.fromFile(database.server().passwordFile().toString()));
  }

  /** Runs statements as the owner. */
  public void sql(String statements) {
    sql(database::connect, statements);
  }

  /** Runs statements as the job's role. */
  void sqlAsJob(String statements) {
    sql(() -> database.server().connectAsJob(database.name()), statements);
  }

  /** Runs statements as the superuser, such as ROLLBACK PREPARED of what the job has prepared. */
  public void administer(String statements) {
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

  /** The first column of every row, as text. */
  public List<String> column(String query) {
    return column(database::connect, query);
  }

  /** The same for what only a superuser sees. */
  List<String> superuserColumn(String query) {
    return column(() -> database.server().connectAsSuperuser(database.name()), query);
  }

  private static List<String> column(Opening opening, String query) {
    try (var connection = opening.open();
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
