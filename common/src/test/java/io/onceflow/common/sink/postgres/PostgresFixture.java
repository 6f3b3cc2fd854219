package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.Store;
import io.onceflow.common.commit.conformance.PreparedTargets;
import io.onceflow.common.commit.conformance.ServerFixture;
import io.onceflow.common.commit.conformance.TestRow;
import io.onceflow.common.commit.conformance.TestTargets;
import io.onceflow.common.config.PostgresConfig;
import io.onceflow.common.config.Secret;
import io.onceflow.common.config.SslMode;
import io.onceflow.testbed.servers.PostgresDatabase;
import io.onceflow.testbed.servers.PostgresServer;
import io.onceflow.testbed.servers.RoleScript;
import io.onceflow.testbed.servers.TcpProxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A PostgreSQL server of its own; the store connects as a role with the documented rights. */
public final class PostgresFixture implements ServerFixture {

  /** An abort does not end a connection attempt, so lost pieces of one cost this much. */
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

  private static final AtomicInteger SERIAL = new AtomicInteger();

  private final PostgresServer server = PostgresServer.start();
  private final TcpProxy proxy = TcpProxy.to(server);

  /** Starts the server. */
  public PostgresFixture() throws SQLException {
    try (var connection = server.connectAsSuperuser();
        var statement = connection.createStatement()) {
      statement.execute("CREATE ROLE job LOGIN PASSWORD '%s'".formatted(server.password()));
    }
  }

  @Override
  public TestTargets newTargets() throws SQLException {
    var name = "conformance_" + SERIAL.incrementAndGet();
    server.createDatabase(name);
    return new Targets(
        OnceflowDatabase.on(
            new PostgresDatabase(server, name),
            // No key on events: the database itself must not be what keeps a duplicate out.
            """
            CREATE TABLE events (id bigint NOT NULL, value bigint NOT NULL CHECK (value >= 0), memo text NOT NULL);
            CREATE TABLE balances (id bigint PRIMARY KEY, value bigint NOT NULL CHECK (value >= 0), memo text NOT NULL);
            GRANT INSERT ON events TO job;
            GRANT SELECT, INSERT, UPDATE ON balances TO job;
            """
                + documentedGrants(name)));
  }

  /** What the script of roles says that a job's role needs, and nothing else. */
  private String documentedGrants(String database) {
    var script = Path.of("../flink-conf/sql/roles.sql");
    return "GRANT CONNECT ON DATABASE %s TO job;%n".formatted(database)
        + RoleScript.fill(script, database, "job", server.user());
  }

  /** One database. */
  private final class Targets implements PreparedTargets {
    private final OnceflowDatabase database;

    Targets(OnceflowDatabase database) {
      this.database = database;
    }

    @Override
    public Store<TestRow> store() {
      var config =
          new PostgresConfig(
              proxy.host(),
              proxy.port(),
              database.database().name(),
              "job",
              Secret.fromFile(server.passwordFile().toString()),
              SslMode.DISABLE,
              null,
              CONNECT_TIMEOUT,
              Duration.ofMinutes(5));
      return PostgresStore.<TestRow>at(config)
          .table(
              TestRow.Event.class,
              PostgresTable.<TestRow.Event>named("events")
                  .bigint("id", TestRow.Event::id)
                  .bigint("value", TestRow.Event::value)
                  .text("memo", TestRow.Event::memo))
          .table(
              TestRow.Balance.class,
              PostgresTable.<TestRow.Balance>named("balances")
                  .bigint("id", TestRow.Balance::id)
                  .bigint("value", TestRow.Balance::value)
                  .text("memo", TestRow.Balance::memo)
                  .upsertOn("id"));
    }

    @Override
    public void readRows(Consumer<TestRow> reader) throws SQLException {
      query(
          "SELECT id, value, memo FROM events",
          row ->
              reader.accept(new TestRow.Event(row.getLong(1), row.getLong(2), row.getString(3))));
      query(
          "SELECT id, value, memo FROM balances",
          row ->
              reader.accept(new TestRow.Balance(row.getLong(1), row.getLong(2), row.getString(3))));
    }

    @Override
    public List<Marker> markers() throws SQLException {
      var markers = new ArrayList<Marker>();
      query(
          "SELECT sink_id, transaction_id, checkpoint_id, row_count, rejected FROM onceflow.marker",
          row ->
              markers.add(
                  new Marker(
                      row.getString(1),
                      row.getString(2),
                      row.getLong(3),
                      row.getLong(4),
                      row.getLong(5))));
      return markers;
    }

    @Override
    public List<DeadLetter> deadLetters() throws SQLException {
      var letters = new ArrayList<DeadLetter>();
      query(
          "SELECT sink_id, target, code, reason, row_text FROM onceflow.dead_letter",
          row ->
              letters.add(
                  new DeadLetter(
                      row.getString(1),
                      row.getString(2),
                      row.getString(3),
                      row.getString(4),
                      row.getString(5))));
      return letters;
    }

    @Override
    public List<String> prepared() throws SQLException {
      var names = new ArrayList<String>();
      query(
          "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()",
          row -> names.add(row.getString(1)));
      return names;
    }

    /** Also one that is named like the sink's own, in another database of the server. */
    @Override
    public List<String> prepareForeign(String sinkId) throws SQLException {
      var end = "00000000000000000000000000000000.0.1";
      var names =
          List.of(
              "of.%s-c.%s".formatted(sinkId, end),
              "of.%sb.%s".formatted(sinkId, end),
              "OF.%s.%s".formatted(sinkId.toUpperCase(Locale.ROOT), end),
              "of_%s_%s".formatted(sinkId, end),
              "of." + sinkId,
              sinkId);
      for (var name : names) {
        prepare(database.database().name(), name);
      }
      prepare(server.database(), "of.%s.%s".formatted(sinkId, end));
      return names;
    }

    private void prepare(String database, String name) throws SQLException {
      try (var connection = server.connect(database);
          var statement = connection.createStatement()) {
        connection.setAutoCommit(false);
        statement.execute("SELECT pg_advisory_xact_lock(%d)".formatted(name.hashCode()));
        statement.execute("PREPARE TRANSACTION '%s'".formatted(name));
      }
    }

    @Override
    public void rollBackAll() throws SQLException {
      var all = new ArrayList<String[]>();
      query(
          "SELECT gid, database FROM pg_prepared_xacts",
          row -> all.add(new String[] {row.getString(1), row.getString(2)}));
      for (var transaction : all) {
        try (var connection = connectAsSuperuser(transaction[1]);
            var statement = connection.createStatement()) {
          statement.execute("ROLLBACK PREPARED '%s'".formatted(transaction[0]));
        }
      }
    }

    private void query(String sql, RowReader reader) throws SQLException {
      try (var connection = database.database().connect();
          var statement = connection.createStatement()) {
        connection.setAutoCommit(false);
        statement.setFetchSize(1_000);
        try (var rows = statement.executeQuery(sql)) {
          while (rows.next()) {
            reader.read(rows);
          }
        }
      }
    }
  }

  private Connection connectAsSuperuser(String database) throws SQLException {
    return DriverManager.getConnection(server.jdbcUrl(database), "postgres", server.password());
  }

  /** Reads the current row. */
  private interface RowReader {
    void read(ResultSet row) throws SQLException;
  }

  @Override
  public boolean hasUpserts() {
    return true;
  }

  @Override
  public TestRow badRow(long id) {
    return new TestRow.Event(id, -1, "canary");
  }

  @Override
  public TestRow badUpsert(long id) {
    return new TestRow.Balance(id, -1, "canary");
  }

  @Override
  public long markersKept() {
    return 100_000;
  }

  @Override
  public List<Breakage> breakages(TestTargets targets) {
    var database = ((Targets) targets).database;
    return List.of(
        new Breakage(
            () -> database.sql("DROP TABLE onceflow.dead_letter"),
            "Table onceflow.dead_letter does not exist"),
        new Breakage(
            () -> database.sql("REVOKE INSERT ON events FROM job"),
            "The role lacks INSERT on table public.events"),
        new Breakage(
            () -> database.sql("ALTER TABLE balances ALTER COLUMN value TYPE integer"),
            "Column public.balances.value is integer, and the mapping writes bigint"));
  }

  @Override
  public List<String> secrets() {
    return List.of(server.password());
  }

  @Override
  public TcpProxy proxy() {
    return proxy;
  }

  @Override
  public void killServer() {
    server.kill();
  }

  @Override
  public void restartServer() {
    server.restart();
  }

  @Override
  public void close() {
    proxy.close();
    server.close();
  }
}
