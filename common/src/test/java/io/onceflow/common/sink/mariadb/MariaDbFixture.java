package io.onceflow.common.sink.mariadb;

import io.onceflow.common.commit.Store;
import io.onceflow.common.commit.conformance.PreparedTargets;
import io.onceflow.common.commit.conformance.ServerFixture;
import io.onceflow.common.commit.conformance.TestRow;
import io.onceflow.common.commit.conformance.TestTargets;
import io.onceflow.common.config.DatabaseConfig;
import io.onceflow.common.config.MariaDbConfig;
import io.onceflow.common.config.Secret;
import io.onceflow.common.config.SslMode;
import io.onceflow.testbed.servers.MariaDbServer;
import io.onceflow.testbed.servers.TcpProxy;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.awaitility.Awaitility;

/** A MariaDB server of its own; the store connects as an account with the documented rights. */
public final class MariaDbFixture implements ServerFixture {

  /** An abort does not end a connection attempt, so lost pieces of one cost this much. */
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

  private final MariaDbServer server = MariaDbServer.start();
  private final TcpProxy proxy = TcpProxy.to(server);

  /** Starts the server. */
  public MariaDbFixture() {
    server.sqlAsSuperuser(
        "CREATE USER job@'127.0.0.1' IDENTIFIED BY '%s'".formatted(server.password()));
  }

  @Override
  public TestTargets newTargets() {
    var tables =
        MariaDbTables.on(
            server,
            // No key on events: the database itself must not be what keeps a duplicate out.
            """
            CREATE TABLE events (id bigint NOT NULL, value bigint NOT NULL CHECK (value >= 0), memo text NOT NULL);
            CREATE TABLE balances (id bigint PRIMARY KEY, value bigint NOT NULL CHECK (value >= 0), memo text NOT NULL);
            """);
    server.sqlAsSuperuser(
        MariaDbGrants.ofJob(
            "job", tables.onceflow(), tables.database().name(), List.of("events", "balances")));
    return new Targets(tables);
  }

  /** One database and Onceflow's beside it. */
  private final class Targets implements PreparedTargets {
    private final MariaDbTables tables;

    Targets(MariaDbTables tables) {
      this.tables = tables;
    }

    @Override
    public Store<TestRow> store() {
      var config =
          new DatabaseConfig(
              proxy.host(),
              proxy.port(),
              tables.database().name(),
              "job",
              Secret.fromFile(server.passwordFile().toString()),
              SslMode.DISABLE,
              null,
              CONNECT_TIMEOUT,
              Duration.ofMinutes(5));
      return MariaDbStore.<TestRow>at(new MariaDbConfig(config, tables.onceflow()))
          .table(
              TestRow.Event.class,
              MariaDbTable.<TestRow.Event>named("events")
                  .bigint("id", TestRow.Event::id)
                  .bigint("value", TestRow.Event::value)
                  .text("memo", TestRow.Event::memo))
          .table(
              TestRow.Balance.class,
              MariaDbTable.<TestRow.Balance>named("balances")
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
          "SELECT sink_id, transaction_id, checkpoint_id, row_count, rejected FROM OF.marker",
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
          "SELECT sink_id, target, code, reason, row_text FROM OF.dead_letter",
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
      query("XA RECOVER FORMAT='SQL'", row -> names.add(row.getString(4)));
      return names;
    }

    /** Also one that is named like the sink's own, of another Onceflow database. */
    @Override
    public List<String> prepareForeign(String sinkId) throws SQLException {
      var branch = "00000000000000000000000000000000.0.1";
      var before = prepared();
      for (var name :
          List.of(
              "'of.%s-c','%s'".formatted(sinkId, branch),
              "'of.%sb','%s'".formatted(sinkId, branch),
              "'OF.%s','%s'".formatted(sinkId.toUpperCase(Locale.ROOT), branch),
              "'of.%s','%s'".formatted(sinkId, branch),
              "'of.%s',''".formatted(sinkId),
              "'%s',''".formatted(sinkId))) {
        prepare(name);
      }
      var foreign = prepared();
      foreign.removeAll(before);
      return foreign;
    }

    private void prepare(String xid) throws SQLException {
      try (var connection = tables.database().connect();
          var statement = connection.createStatement()) {
        statement.execute("XA START " + xid);
        statement.execute(
            "INSERT INTO balances VALUES (%d, 1, 'foreign')"
                .formatted(-1L - Math.abs(xid.hashCode())));
        statement.execute("XA END " + xid);
        statement.execute("XA PREPARE " + xid);
      }
    }

    @Override
    public void rollBackAll() throws SQLException {
      for (var xid : prepared()) {
        Awaitility.await()
            .ignoreExceptions()
            .until(
                () -> {
                  server.sqlAsSuperuser("XA ROLLBACK " + xid);
                  return true;
                });
      }
    }

    private void query(String sql, RowReader reader) throws SQLException {
      try (var connection = tables.database().connect();
          var statement = connection.createStatement()) {
        statement.setFetchSize(1_000);
        try (var rows = statement.executeQuery(sql.replace("OF.", tables.onceflow() + "."))) {
          while (rows.next()) {
            reader.read(rows);
          }
        }
      }
    }
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
    var tables = ((Targets) targets).tables;
    return List.of(
        new Breakage(() -> tables.sql("DROP TABLE OF.dead_letter"), "`dead_letter`"),
        new Breakage(
            () ->
                server.sqlAsSuperuser(
                    "REVOKE INSERT ON %s.events FROM job@'127.0.0.1'"
                        .formatted(tables.database().name())),
            "Table events does not exist in database"),
        new Breakage(
            () -> tables.sql("ALTER TABLE balances MODIFY value int NOT NULL"),
            "Column balances.value is int(11), and the mapping writes bigint"));
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
