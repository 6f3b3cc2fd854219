package io.onceflow.common.sink.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the job's role and a reader cannot do, with the grants of the scripts. That they can do what
 * they need is what all other tests of sinks, jobs and tool show: they connect as this role.
 */
class PostgresRolesIT {

  private static final String DENIED = "42501";

  private static OnceflowDatabase database;

  @BeforeAll
  static void create() throws IOException {
    database = OnceflowDatabase.create("SELECT 1");
    for (var script : new String[] {"register", "ledger"}) {
      database.sql(Files.readString(Path.of("../flink-conf/sql", script + ".sql")));
      database.grant(script + "-roles.sql");
    }
    database.sql(
        """
        CREATE SCHEMA payroll;
        CREATE TABLE payroll.salaries (id bigint);
        CREATE PROCEDURE payroll.pay() LANGUAGE sql AS 'SELECT 1';
        """);
    database.administer(
        """
        DROP ROLE IF EXISTS onceflow_reader;
        CREATE ROLE onceflow_reader LOGIN;
        """);
    for (var script : new String[] {"roles", "ledger-roles"}) {
      database.grant(script + ".sql", "onceflow_reader");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DROP TABLE onceflow.marker",
        "DROP SCHEMA onceflow CASCADE",
        "DROP TABLE ledger.transfers",
        "ALTER TABLE onceflow.marker DISABLE TRIGGER ALL",
        "ALTER TABLE ledger.accounts ADD COLUMN x bigint",
        "ALTER TABLE onceflow.sink OWNER TO CURRENT_USER",
        "CREATE TABLE public.x (id bigint)",
        "CREATE TABLE onceflow.x (id bigint)",
        "CREATE TABLE ledger.x (id bigint)",
        "CREATE SCHEMA x",
        "CREATE INDEX ON ledger.accounts (grp)",
        "CREATE RULE x AS ON INSERT TO ledger.accounts DO INSTEAD NOTHING",
        "CREATE FUNCTION public.x() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE EXTENSION pgcrypto",
        "CREATE ROLE x",
        "GRANT SELECT ON payroll.salaries TO PUBLIC",
        "TRUNCATE onceflow.marker",
        "TRUNCATE onceflow.register_decision",
        "TRUNCATE ledger.transfers",
        "DELETE FROM onceflow.sink",
        "DELETE FROM onceflow.mapping",
        "DELETE FROM onceflow.dead_letter",
        "UPDATE onceflow.dead_letter SET reason = 'none'",
        "UPDATE onceflow.run SET run_id = 'x'",
        "UPDATE onceflow.audit SET reason = 'none'",
        "DELETE FROM onceflow.audit",
        "UPDATE onceflow.register_decision SET verdict = 'ABORT'",
        "UPDATE onceflow.register_vote SET row_count = 0",
        "DELETE FROM onceflow.register_pipeline",
        "DELETE FROM onceflow.register_participant",
        "DELETE FROM onceflow.register_closed_run",
        "UPDATE onceflow.register_closed_run SET run_id = 'x'",
        "SELECT * FROM ledger.transfers",
        "UPDATE ledger.transfers SET amount = 1",
        "DELETE FROM ledger.transfers",
        "SELECT * FROM ledger.results",
        "DELETE FROM ledger.accounts",
        "SELECT * FROM payroll.salaries",
        "INSERT INTO payroll.salaries VALUES (1)",
        "CALL payroll.pay()",
        "COPY onceflow.sink TO '/tmp/onceflow-stolen'",
        "COPY onceflow.sink TO PROGRAM 'cat'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT lo_import('/etc/passwd')",
        "SELECT * FROM pg_authid",
        "SET session_replication_role = replica",
        "ALTER SYSTEM SET fsync = off",
        "SET ROLE onceflow",
        "SET SESSION AUTHORIZATION postgres"
      })
  void theJobIsDenied(String statement) throws SQLException {
    try (var job = database.database().server().connectAsJob(database.database().name())) {
      assertDenied(job, statement);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "INSERT INTO onceflow.audit (sink_id, subject, action, reason, tool_run, os_user) VALUES ('s', 's', 'x', 'x', 'x', 'x')",
        "UPDATE onceflow.sink SET owner_run = 'x'",
        "DELETE FROM onceflow.marker",
        "INSERT INTO onceflow.decision VALUES ('t', 's', 'l', 1)",
        "UPDATE ledger.accounts SET closed = true",
        "TRUNCATE ledger.results",
        "SELECT * FROM payroll.salaries",
        "CREATE TABLE public.x (id bigint)",
        "DROP TABLE onceflow.marker"
      })
  void aReaderIsDenied(String statement) throws SQLException {
    try (var reader = reader()) {
      assertDenied(reader, statement);
    }
  }

  private static void assertDenied(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      assertThatThrownBy(() -> statement.execute(sql))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).as(sql).isEqualTo(DENIED));
    }
  }

  @Test
  void aReaderSeesWhatIsCommittedAndWhatIsInDoubt() throws SQLException {
    try (var reader = reader();
        var statement = reader.createStatement()) {
      for (var table :
          new String[] {
            "onceflow.sink",
            "onceflow.marker",
            "onceflow.audit",
            "ledger.transfers",
            "ledger.accounts"
          }) {
        assertThat(statement.execute("SELECT * FROM " + table)).isTrue();
      }
      assertThat(statement.execute("SELECT gid FROM pg_prepared_xacts")).isTrue();
    }
  }

  private static Connection reader() throws SQLException {
    var connection = database.database().server().connectAsSuperuser(database.database().name());
    try (var statement = connection.createStatement()) {
      statement.execute("SET ROLE onceflow_reader");
    }
    return connection;
  }

  @Test
  void anotherRolesPreparedTransactionIsNotTheJobsToSettle() throws SQLException {
    var gid = "of.theirs.%s".formatted(database.database().name());
    database.sql("BEGIN; SELECT 1; PREPARE TRANSACTION '%s'".formatted(gid));
    try (var job = database.database().server().connectAsJob(database.database().name())) {
      assertDenied(job, "COMMIT PREPARED '%s'".formatted(gid));
      assertDenied(job, "ROLLBACK PREPARED '%s'".formatted(gid));
    } finally {
      database.sql("ROLLBACK PREPARED '%s'".formatted(gid));
    }
  }

  @Test
  void theRoleHasNoAttributesAndIsInNoOtherRole() {
    assertThat(
            database.superuserColumn(
                """
                SELECT concat_ws(' ', rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
                  (SELECT count(*) FROM pg_auth_members WHERE member = r.oid))
                FROM pg_roles r WHERE rolname = 'onceflow_job'
                """))
        .containsExactly("f f f f f 0");
  }
}
