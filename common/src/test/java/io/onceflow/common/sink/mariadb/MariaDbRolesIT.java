package io.onceflow.common.sink.mariadb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.OneLine;
import io.onceflow.common.sink.postgres.Epochs;
import io.onceflow.testbed.servers.TestServers;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the job's account cannot do, with the grants of the manual; and what a server's message
 * cannot do. That the account can do what it needs is what all other tests of the sink show.
 */
class MariaDbRolesIT {

  /** Access to a database, to a table, to a column, to a global privilege, to a file. */
  private static final Set<Integer> DENIED = Set.of(1044, 1142, 1143, 1227, 1045, 1410, 1419);

  private static final MariaDbTables DATABASE = MariaDbTables.create(MariaDbTables.PAYMENTS);

  private static Connection job() throws SQLException {
    var server = DATABASE.database().server();
    return DriverManager.getConnection(
        DATABASE.database().jdbcUrl(), server.jobUser(), server.password());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DROP TABLE payments",
        "DROP DATABASE OF",
        "ALTER TABLE payments ADD COLUMN x bigint",
        "CREATE TABLE x (id bigint)",
        "CREATE TABLE OF.x (id bigint)",
        "CREATE DATABASE x",
        "CREATE INDEX i ON balances (value)",
        "CREATE TRIGGER t BEFORE INSERT ON payments FOR EACH ROW SET NEW.amount = 1",
        "CREATE USER x",
        "TRUNCATE TABLE payments",
        "TRUNCATE TABLE OF.marker",
        "DELETE FROM payments",
        "DELETE FROM OF.sink",
        "DELETE FROM OF.run",
        "SELECT * FROM OF.dead_letter",
        "UPDATE OF.dead_letter SET reason = 'none'",
        "DELETE FROM OF.dead_letter",
        "SELECT * FROM OF.audit",
        "DELETE FROM OF.audit",
        "SELECT * FROM mysql.global_priv",
        "SELECT * INTO OUTFILE '/tmp/onceflow-stolen' FROM payments",
        "LOAD DATA INFILE '/etc/passwd' INTO TABLE payments",
        "SET GLOBAL innodb_flush_log_at_trx_commit = 0",
        "SET SESSION sql_log_bin = 0",
        "GRANT SELECT ON payments TO onceflow@'127.0.0.1'",
        "FLUSH SSL",
        "SHUTDOWN"
      })
  void theJobIsDenied(String statement) throws SQLException {
    try (var job = job();
        var run = job.createStatement()) {
      var sql = statement.replaceAll("\\bOF\\b", DATABASE.onceflow());
      assertThatThrownBy(() -> run.execute(sql))
          .isInstanceOfSatisfying(
              SQLException.class,
              e -> assertThat(DENIED).as(e.toString()).contains(e.getErrorCode()));
    }
  }

  @Test
  void theJobSeesNoOtherDatabase() throws SQLException {
    var other = TestServers.newMariaDbDatabase();
    try (var job = job();
        var run = job.createStatement()) {
      assertThatThrownBy(() -> run.execute("USE " + other.name()))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(1044));
    }
  }

  @Test
  void aTriggersMessageForgesNoLine() throws Exception {
    var database =
        MariaDbTables.create(
            MariaDbTables.PAYMENTS
                + """
                CREATE TRIGGER refuse BEFORE INSERT ON payments FOR EACH ROW
                  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no\\r\\n2026-01-01 00:00:00 ERROR fake';
                """);
    var epochs = new Epochs<Object>(database.store());
    try (var session = epochs.open(OnReject.FAIL)) {
      var epoch = epochs.epoch(1, MariaDbTables.payments(1, 3));
      var failure =
          catchThrowableOfType(StoreException.class, () -> session.apply(epoch, Epochs.segments()));
      for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
        assertThat(OneLine.of(cause.getMessage(), 2_000)).isEqualTo(cause.getMessage());
      }
      assertThat(failure).hasMessageContaining("ERROR fake");
    }
  }
}
