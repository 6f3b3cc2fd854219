package io.onceflow.common.sink.mariadb;

import io.onceflow.common.config.MariaDbConfig;
import io.onceflow.common.config.Secret;
import io.onceflow.testbed.servers.MariaDbDatabase;
import io.onceflow.testbed.servers.MariaDbServer;
import io.onceflow.testbed.servers.TestServers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.LongStream;

/**
 * A fresh database for a test's tables and another with those of {@code onceflow-mariadb.sql}.
 *
 * @param database where the tables are
 * @param onceflow the name of the other one
 */
record MariaDbTables(MariaDbDatabase database, String onceflow) {

  record Payment(Long id, Long amount, String memo) {}

  record Balance(Long account, Long value) {}

  static final String PAYMENTS =
      """
      CREATE TABLE payments (id bigint PRIMARY KEY, amount bigint NOT NULL CHECK (amount > 0), memo varchar(10),
        epoch bigint NOT NULL);
      CREATE TABLE balances (account bigint PRIMARY KEY, value bigint NOT NULL CHECK (value >= 0));
      """;

  /** Creates them on the shared server. */
  static MariaDbTables create(String ddl) {
    return on(TestServers.mariaDb(), ddl);
  }

  static MariaDbTables on(MariaDbServer server, String ddl) {
    var name = "test_" + UUID.randomUUID().toString().replace("-", "").substring(0, 12);
    server.createDatabase(name);
    var created = new MariaDbTables(new MariaDbDatabase(server, name), name + "_of");
    created.sql(setup(created.onceflow));
    created.sql("USE %s;%n%s".formatted(name, ddl));
    server.sqlAsSuperuser(created.grants(server.jobUser()));
    return created;
  }

  /**
   * What the manual says that a job's account needs. Tables that a test makes later get the same,
   * so the rights on tables are those of upserts, on the whole database.
   */
  private String grants(String job) {
    return MariaDbGrants.ofJob(job, onceflow, database.name(), List.of())
        + "GRANT SELECT, INSERT, UPDATE ON %s.* TO %s@'127.0.0.1';".formatted(database.name(), job);
  }

  private static String setup(String database) {
    try {
      return Files.readString(Path.of("../flink-conf/sql/onceflow-mariadb.sql"))
          .replace("DATABASE IF NOT EXISTS onceflow ", "DATABASE " + database + " ")
          .replace("USE onceflow;", "USE " + database + ";");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  MariaDbConfig config() {
    return configThrough(database.server().port());
  }

  /** The configuration to reach it through another port of this host. */
  MariaDbConfig configThrough(int port) {
    var server = database.server();
    var secret = Secret.fromFile(server.passwordFile().toString());
    var config = MariaDbConfig.loopback(port, database.name(), server.jobUser(), secret);
    return new MariaDbConfig(config.server(), onceflow);
  }

  MariaDbStore<Object> store() {
    return store(config());
  }

  static MariaDbStore<Object> store(MariaDbConfig config) {
    return MariaDbStore.<Object>at(config)
        .table(
            Payment.class,
            MariaDbTable.<Payment>named("payments")
                .bigint("id", Payment::id)
                .bigint("amount", Payment::amount)
                .text("memo", Payment::memo)
                .epoch("epoch"))
        .table(
            Balance.class,
            MariaDbTable.<Balance>named("balances")
                .bigint("account", Balance::account)
                .bigint("value", Balance::value)
                .upsertOn("account"));
  }

  /** Payments with ids from one number to another. */
  static List<Object> payments(long from, long to) {
    return LongStream.rangeClosed(from, to)
        .<Object>mapToObj(id -> new Payment(id, id * 10, "m"))
        .toList();
  }

  /** Runs statements; {@code OF} stands for the name of Onceflow's database. */
  void sql(String statements) {
    try (var connection =
            DriverManager.getConnection(
                database.jdbcUrl() + "?allowMultiQueries=true",
                database.server().user(),
                database.server().password());
        var statement = connection.createStatement()) {
      statement.execute(statements.replace("OF.", onceflow + "."));
    } catch (SQLException e) {
      throw new IllegalStateException(statements, e);
    }
  }

  /** The first column of every row, as text. */
  List<String> column(String query) {
    return column(database::connect, query);
  }

  /** The same for what only a superuser sees, such as the sessions of the job's account. */
  List<String> superuserColumn(String query) {
    return column(database.server()::connectAsSuperuser, query);
  }

  private interface Opening {
    Connection open() throws SQLException;
  }

  private List<String> column(Opening opening, String query) {
    try (var connection = opening.open();
        var statement = connection.createStatement();
        var rows = statement.executeQuery(query.replace("OF.", onceflow + "."))) {
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
  long number(String query) {
    return Long.parseLong(column(query).get(0));
  }
}
