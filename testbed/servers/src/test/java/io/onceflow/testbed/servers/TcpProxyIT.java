package io.onceflow.testbed.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The proxy between a real driver and a real PostgreSQL. */
class TcpProxyIT {
  private final PostgresDatabase database = TestServers.newDatabase();
  private TcpProxy proxy;

  @BeforeEach
  void start() throws SQLException {
    proxy = TcpProxy.to(database.server());
    try (Connection direct = database.connect();
        Statement statement = direct.createStatement()) {
      statement.execute("CREATE TABLE t (n int)");
    }
  }

  @AfterEach
  void stop() {
    proxy.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"simple", "extended", "extendedForPrepared", "extendedCacheEverything"})
  void aCommitWhoseReplyIsLostIsThereAfterReconnecting(String queryMode) throws SQLException {
    try (Connection connection = connect(queryMode)) {
      connection.setAutoCommit(false);
      // By now the driver has prepared COMMIT under a name and sends its text no more.
      for (int n = 1; n <= 10; n++) {
        insert(connection, n);
        connection.commit();
      }
      insert(connection, 11);
      ProxyTrigger trigger = proxy.loseReplyTo("COMMIT");
      assertThatThrownBy(connection::commit).isInstanceOf(SQLException.class);
      assertThat(trigger.hasFired()).isTrue();
    }
    assertThat(count()).isEqualTo("11");
  }

  @ParameterizedTest
  @ValueSource(strings = {"simple", "extended"})
  void aCommitThatIsLostItselfIsNotThereAfterReconnecting(String queryMode) throws SQLException {
    try (Connection connection = connect(queryMode)) {
      connection.setAutoCommit(false);
      insert(connection, 1);
      proxy.whenStatement("COMMIT", ProxyAction.loseRequest());
      assertThatThrownBy(connection::commit).isInstanceOf(SQLException.class);
    }
    assertThat(count()).isEqualTo("0");
  }

  @Test
  void aPreparedTransactionWhoseReplyIsLostIsInDoubt() throws SQLException {
    try (Connection connection = connect("extended");
        Statement statement = connection.createStatement()) {
      proxy.loseReplyTo("PREPARE TRANSACTION");
      statement.execute("BEGIN");
      insert(connection, 1);
      assertThatThrownBy(() -> statement.execute("PREPARE TRANSACTION 'in-doubt'"))
          .isInstanceOf(SQLException.class);
    }
    try (Connection direct = database.connect();
        Statement statement = direct.createStatement()) {
      statement.execute("COMMIT PREPARED 'in-doubt'");
    }
    assertThat(count()).isEqualTo("1");
  }

  @Test
  void aServerKilledBeforeItSeesTheCommitHasNotCommitted() throws SQLException {
    try (PostgresServer server = PostgresServer.start();
        TcpProxy own = TcpProxy.to(server)) {
      server.sql("CREATE TABLE t (n int)");
      try (Connection connection =
          DriverManager.getConnection(
              own.jdbcUrl(server.database()), server.user(), server.password())) {
        connection.setAutoCommit(false);
        insert(connection, 1);
        own.whenStatement("COMMIT", ProxyAction.before(server::kill));
        assertThatThrownBy(connection::commit).isInstanceOf(SQLException.class);
      }
      server.restart();
      try (Connection direct = server.connect()) {
        assertThat(PostgresServerIT.text(direct, "SELECT count(*)::text FROM t")).isEqualTo("0");
      }
    }
  }

  @Test
  void repliesSwallowedShowAsASocketTimeout() throws SQLException {
    try (Connection connection = connect("extended&socketTimeout=1")) {
      proxy.swallow(TcpProxy.Direction.SERVER_TO_CLIENT);
      assertThatThrownBy(() -> insert(connection, 1)).isInstanceOf(SQLException.class);
    }
    proxy.heal();
    try (Connection connection = connect("extended")) {
      assertThat(connection.isValid((int) Duration.ofSeconds(5).toSeconds())).isTrue();
    }
    assertThat(count()).isEqualTo("1");
  }

  private Connection connect(String queryMode) throws SQLException {
    return DriverManager.getConnection(
        proxy.jdbcUrl(database.name()) + "?preferQueryMode=" + queryMode,
        database.server().user(),
        database.server().password());
  }

  private static void insert(Connection connection, int n) throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement("INSERT INTO t VALUES (?)")) {
      insert.setInt(1, n);
      insert.executeUpdate();
    }
  }

  private String count() throws SQLException {
    try (Connection direct = database.connect()) {
      return PostgresServerIT.text(direct, "SELECT count(*)::text FROM t");
    }
  }
}
