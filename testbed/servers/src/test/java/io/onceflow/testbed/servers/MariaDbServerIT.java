package io.onceflow.testbed.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real MariaDB, and the proxy between it and its driver. */
class MariaDbServerIT {

  @Test
  void aServerChecksPasswordsAndKeepsItsDurability() throws SQLException {
    MariaDbServer server = TestServers.mariaDb();
    MariaDbDatabase database = TestServers.newMariaDbDatabase();
    try (Connection connection = database.connect()) {
      assertThat(text(connection, "SELECT concat(current_user(), ' ', database())"))
          .isEqualTo("onceflow@127.0.0.1 " + database.name());
      assertThat(
              text(connection, "SELECT concat(@@innodb_flush_log_at_trx_commit, ' ', @@log_bin)"))
          .isEqualTo("1 OFF");
    }
    for (String user : List.of("root", "onceflow", "")) {
      assertThatThrownBy(
              () -> DriverManager.getConnection(server.jdbcUrl(""), user, "guessed").close())
          .hasMessageContaining("Access denied");
    }
  }

  @Test
  void whatWasCommittedOrPreparedBeforeAKillIsThereAfterARestart() throws SQLException {
    try (MariaDbServer server = MariaDbServer.start()) {
      server.createDatabase("test");
      execute(server, "CREATE TABLE t (n int)", "INSERT INTO t VALUES (1)");
      execute(server, "XA START 'g','b'", "INSERT INTO t VALUES (2)", "XA END 'g','b'");
      execute(
          server,
          "XA START 'g','c'",
          "INSERT INTO t VALUES (4)",
          "XA END 'g','c'",
          "XA PREPARE 'g','c'");
      List<Long> pids = server.pids();
      server.kill();
      assertThat(pids).hasSize(1).noneMatch(ProcessTree::isRunning);

      server.restart();
      execute(server, "XA COMMIT 'g','c'");
      try (Connection connection = server.connect("test")) {
        assertThat(text(connection, "SELECT sum(n) FROM t")).isEqualTo("5");
      }
    }
  }

  @Test
  void aServerStartedOverItsOldDirectoryKeepsDataAndPassword(@TempDir Path directory)
      throws SQLException {
    String password;
    try (MariaDbServer first = MariaDbServer.builder().directory(directory).start()) {
      first.createDatabase("test_kept");
      password = first.password();
    }
    try (MariaDbServer second =
            MariaDbServer.builder().directory(directory).setting("max_connections", "77").start();
        Connection connection = second.connect("test_kept")) {
      assertThat(second.password()).isEqualTo(password);
      assertThat(text(connection, "SELECT @@max_connections")).isEqualTo("77");
    }
  }

  @Test
  void aStartThatFailsShowsTheEndOfTheLog() {
    assertThatThrownBy(() -> MariaDbServer.builder().setting("no-such-setting", "1").start())
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("unknown variable 'no-such-setting=1'");
  }

  @Test
  void aCommitWhoseReplyIsLostIsThereAfterReconnecting() throws SQLException {
    MariaDbDatabase database = TestServers.newMariaDbDatabase();
    try (TcpProxy proxy = TcpProxy.to(database.server());
        Connection connection = through(proxy, database)) {
      connection.createStatement().execute("CREATE TABLE t (n int)");
      connection.setAutoCommit(false);
      connection.createStatement().execute("INSERT INTO t VALUES (1)");
      ProxyTrigger trigger = proxy.loseReplyTo("COMMIT");
      assertThatThrownBy(connection::commit).isInstanceOf(SQLException.class);
      assertThat(trigger.hasFired()).isTrue();
    }
    assertThat(count(database)).isEqualTo("1");
  }

  @Test
  void aCommitThatIsLostItselfIsNotThereAfterReconnecting() throws SQLException {
    MariaDbDatabase database = TestServers.newMariaDbDatabase();
    try (TcpProxy proxy = TcpProxy.to(database.server());
        Connection connection = through(proxy, database)) {
      connection.createStatement().execute("CREATE TABLE t (n int)");
      connection.setAutoCommit(false);
      connection.createStatement().execute("INSERT INTO t VALUES (1)");
      proxy.whenStatement("commit", ProxyAction.loseRequest());
      assertThatThrownBy(connection::commit).isInstanceOf(SQLException.class);
    }
    assertThat(count(database)).isEqualTo("0");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3_000_000})
  void whatALoadCarriesIsNotAStatement(int rows) throws SQLException {
    MariaDbDatabase database = TestServers.newMariaDbDatabase();
    try (TcpProxy proxy = TcpProxy.to(database.server());
        Connection connection = through(proxy, database);
        var statement = connection.createStatement()) {
      statement.execute("CREATE TABLE t (n int)");
      // In packets of 8 KiB every 256th begins with sequence number 0, like a command.
      byte[] file = ("\3\n").repeat(rows).getBytes(StandardCharsets.ISO_8859_1);
      ProxyTrigger content =
          proxy.whenStatement(text -> text.startsWith("\n"), ProxyAction.loseRequest());
      ProxyTrigger load = proxy.whenStatement("LOAD DATA", ProxyAction.after(() -> {}));
      statement
          .unwrap(org.mariadb.jdbc.Statement.class)
          .setLocalInfileInputStream(new ByteArrayInputStream(file));
      statement.execute("LOAD DATA LOCAL INFILE 'rows' INTO TABLE t (@x) SET n = 1");
      load.awaitFired(Duration.ofSeconds(1));
      assertThat(content.hasFired()).isFalse();
    }
    assertThat(count(database)).isEqualTo(Integer.toString(rows));
  }

  private static Connection through(TcpProxy proxy, MariaDbDatabase database) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:mariadb://%s:%d/%s".formatted(proxy.host(), proxy.port(), database.name()),
        database.server().user(),
        database.server().password());
  }

  private static void execute(MariaDbServer server, String... statements) throws SQLException {
    try (Connection connection = server.connect("test");
        var statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private static String count(MariaDbDatabase database) throws SQLException {
    try (Connection connection = database.connect()) {
      return text(connection, "SELECT count(*) FROM t");
    }
  }

  private static String text(Connection connection, String query) throws SQLException {
    try (var statement = connection.createStatement();
        var row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }
}
