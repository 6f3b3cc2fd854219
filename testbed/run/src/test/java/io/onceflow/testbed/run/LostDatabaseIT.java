package io.onceflow.testbed.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** A run that loses PostgreSQL says so in its last line, or goes on when it can. */
class LostDatabaseIT {

  @TempDir(cleanup = CleanupMode.NEVER)
  Path temporary;

  @AfterEach
  void delete() throws IOException {
    RunFiles.of(temporary.resolve("data")).delete();
    Files.delete(temporary);
  }

  @Test
  void aRunWhoseDatabaseIsKilledEndsWithALastLineThatSaysFailed() throws Exception {
    try (RunProcess run = startAndAwaitCommands()) {
      assertThat(ProcessHandle.of(serverPid()).orElseThrow().destroyForcibly()).isTrue();
      RunProcess.Result end = run.await();
      assertThat(end.lastLine())
          .as(end.everything())
          .startsWith("RUN ledger committed=")
          .endsWith(" result=failed");
      assertThat(end.exitCode()).isEqualTo(1);
      assertThat(end.err()).doesNotContain("\tat ");
    }
  }

  @Test
  void aRunGoesOnWhenAllConnectionsAreEnded() throws Exception {
    try (RunProcess run = startAndAwaitCommands()) {
      try (Connection connection = connectAsSuperuser();
          var statement = connection.createStatement()) {
        statement.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                + " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
      }
      RunProcess.Result end = run.await();
      assertThat(end.lastLine())
          .as(end.everything())
          .contains(" missing=0 duplicates=0 invariants=ok in-doubt=0 ")
          .doesNotContain("result=failed");
      assertThat(end.exitCode()).isZero();
    }
  }

  private RunProcess startAndAwaitCommands() throws IOException {
    String data = temporary.resolve("data").toString();
    RunProcess run =
        RunProcess.start(
            List.of("--data-dir", data, "--rate", "500", "--partitions", "4", "--duration", "12s"));
    Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> !run.isAlive() || run.outSoFar().contains(" sent="));
    return run;
  }

  private static Connection connect() throws IOException, SQLException {
    return RunState.read(RunFiles.current()).orElseThrow().database().connect();
  }

  /** Who alone may end the connections of the job's role. */
  private static Connection connectAsSuperuser() throws IOException, SQLException {
    RunState run = RunState.read(RunFiles.current()).orElseThrow();
    return DriverManager.getConnection(
        run.jdbcUrl(), "postgres", Files.readString(run.passwordFile()).trim());
  }

  /** The parent of the process that serves a connection. */
  private static long serverPid() throws IOException, SQLException {
    try (Connection connection = connect();
        var statement = connection.createStatement();
        var rows = statement.executeQuery("SELECT pg_backend_pid()")) {
      rows.next();
      return ProcessHandle.of(rows.getLong(1)).orElseThrow().parent().orElseThrow().pid();
    }
  }
}
