package io.onceflow.testbed.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostgresServerIT {
  @Test
  void aServerHasItsOwnDatabaseAndTwoPhaseCommit() throws SQLException {
    try (PostgresServer server = PostgresServer.start();
        Connection connection = server.connect()) {
      assertThat(connection.getAutoCommit()).isTrue();
      assertThat(text(connection, "SELECT current_user || '@' || current_database()"))
          .isEqualTo("onceflow@onceflow");
      assertThat(text(connection, "SHOW max_prepared_transactions")).isEqualTo("64");
      assertThat(text(connection, "SHOW fsync")).isEqualTo("on");
      assertThat(text(connection, "SHOW listen_addresses")).isEqualTo("127.0.0.1");
    }
  }

  @Test
  void theLogStaysAndTheDataGoWhenAServerWithoutDirectoryCloses() {
    PostgresServer server = PostgresServer.start();
    List<Long> pids = server.pids();
    server.close();

    assertThat(pids).hasSizeGreaterThan(1).noneMatch(ProcessTree::isRunning);
    assertThat(server.log()).exists();
    assertThat(server.log().resolveSibling("server")).doesNotExist();
  }

  @Test
  void aWrongPasswordIsRefusedAndTheRightOneIsReadableByItsOwnerAlone() throws Exception {
    try (PostgresServer server = PostgresServer.start()) {
      assertThatThrownBy(() -> DriverManager.getConnection(server.jdbcUrl(), "onceflow", "guessed"))
          .hasMessageContaining("password authentication failed");
      assertThat(
              PosixFilePermissions.toString(Files.getPosixFilePermissions(server.passwordFile())))
          .isEqualTo("rw-------");
      assertThat(Files.readString(server.passwordFile()).trim()).isEqualTo(server.password());
    }
  }

  @Test
  void whatWasCommittedOrPreparedBeforeAKillIsThereAfterARestart() throws SQLException {
    try (PostgresServer server = PostgresServer.start()) {
      server.sql("CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
      server.sql("BEGIN; INSERT INTO t VALUES (2); PREPARE TRANSACTION 'in-doubt'");
      List<Long> pids = server.pids();
      server.kill();
      assertThat(server.isRunning()).isFalse();
      assertThat(pids).noneMatch(ProcessTree::isRunning);

      server.restart();
      server.sql("COMMIT PREPARED 'in-doubt'");
      try (Connection connection = server.connect()) {
        assertThat(text(connection, "SELECT sum(n)::text FROM t")).isEqualTo("3");
      }
    }
  }

  @Test
  void aRunningServerRestartsOnItsPort() throws SQLException {
    try (PostgresServer server = PostgresServer.start()) {
      List<Long> before = server.pids();
      server.restart();
      assertThat(server.pids()).doesNotContainAnyElementsOf(before);
      try (Connection connection = server.connect()) {
        assertThat(connection.getMetaData().getURL()).contains(":" + server.port() + "/");
      }
    }
  }

  @Test
  void aServerStartedOverItsOldDirectoryKeepsDataAndPassword(@TempDir Path directory)
      throws Exception {
    String password;
    try (PostgresServer first = PostgresServer.builder().directory(directory).start()) {
      first.createDatabase("kept \"name\"");
      password = first.password();
    }
    try (PostgresServer second =
            PostgresServer.builder().directory(directory).setting("work_mem", "5MB").start();
        Connection connection = second.connect("kept \"name\"")) {
      assertThat(second.password()).isEqualTo(password);
      assertThat(text(connection, "SHOW work_mem")).isEqualTo("5MB");
    }
  }

  @Test
  void rootKeepsDataElsewhereWhileADirectoryClosedToTheServerExists(@TempDir Path closed)
      throws Exception {
    Path first = Files.createDirectory(closed.resolve("first"));
    PostgresServer.builder().directory(first).start().close();
    Path data = first.resolve("server").toRealPath();
    assertThat(data.startsWith(first)).isEqualTo(!ServerAccount.unprivileged().switched());

    Directories.delete(first);
    Path second = Files.createDirectory(closed.resolve("second"));
    PostgresServer.builder().directory(second).start().close();
    assertThat(data).doesNotExist();
    assertThat(second.resolve("server").toRealPath()).isNotEmptyDirectory();
  }

  @Test
  void aPausedServerAnswersNothingUntilItResumes() throws Exception {
    try (PostgresServer server = PostgresServer.start();
        Connection connection = server.connect()) {
      server.pause();
      CompletableFuture<String> answer =
          CompletableFuture.supplyAsync(() -> unchecked(connection, "SELECT 'awake'"));
      assertThatThrownBy(() -> answer.get(500, TimeUnit.MILLISECONDS))
          .isInstanceOf(TimeoutException.class);
      server.resume();
      assertThat(answer.get(10, TimeUnit.SECONDS)).isEqualTo("awake");
    }
  }

  @Test
  void aPausedServerCloses() throws SQLException {
    PostgresServer server = PostgresServer.start();
    List<Long> pids = server.pids();
    server.pause();
    server.close();
    assertThat(pids).noneMatch(ProcessTree::isRunning);
  }

  @Test
  void aStartThatFailsShowsTheEndOfTheLog() {
    assertThatThrownBy(() -> PostgresServer.builder().setting("no_such_setting", "1").start())
        .isInstanceOf(ServerException.class)
        .hasMessageContaining("unrecognized configuration parameter \"no_such_setting\"");
  }

  private static String unchecked(Connection connection, String query) {
    try {
      return text(connection, query);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  static String text(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      assertThat(row.next()).isTrue();
      return row.getString(1);
    }
  }
}
