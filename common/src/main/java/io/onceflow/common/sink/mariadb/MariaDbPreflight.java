package io.onceflow.common.sink.mariadb;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for everything that would stop the sink later, and reports all of it at once. Privileges
 * are asked for by statements that do nothing: MariaDB has no function that tells them.
 */
final class MariaDbPreflight {

  private static final Logger LOG = LoggerFactory.getLogger(MariaDbPreflight.class);

  /** Mistakes in the shape of a table, which are looked for in another way. */
  private static final Set<Integer> SHAPE = Set.of(1054, 1364);

  /** Not a problem that stops anything; whoever runs the sink has to know it. */
  static final String XA_IN_BINARY_LOG =
      "the server writes a binary log (log_bin), and MariaDB does not keep XA PREPARE and XA COMMIT"
          + " crash-safe together with it (MDEV-21469, MDEV-31949): after a crash of the server a replica may differ from"
          + " it, or a transaction that was prepared may be gone and the epoch LOST. Use strategy staged, or a server"
          + " without log_bin.";

  /** What the session is for. */
  enum Use {
    STAGED,
    PREPARED
  }

  private final Connection connection;
  private final SessionContext context;
  private final OnReject onReject;
  private final Use use;
  private final List<String> problems = new ArrayList<>();
  private boolean logsXa;

  MariaDbPreflight(Connection connection, SessionContext context, OnReject onReject, Use use) {
    this.connection = connection;
    this.context = context;
    this.onReject = onReject;
    this.use = use;
  }

  void check() throws SQLException, StoreException {
    problems();
    if (logsXa) {
      LOG.warn("Sink '{}': {}", context.sinkId(), XA_IN_BINARY_LOG);
    }
    if (!problems.isEmpty()) {
      throw new StoreException(
          ErrorClass.SYSTEM,
          "The database is not ready (%d problems):\n  - %s"
              .formatted(problems.size(), String.join("\n  - ", problems)),
          null);
    }
  }

  /** Everything that is wrong, as sentences. */
  List<String> problems() throws SQLException {
    checkServer();
    checkBinaryLog();
    checkOnceflowTables();
    for (var index = 0; index < context.tables().size(); index++) {
      check(context.tables().get(index), index);
    }
    return problems;
  }

  private void checkServer() throws SQLException {
    var version = text("SELECT version()");
    if (!version.contains("MariaDB")) {
      problems.add("The server is %s: only MariaDB is supported.".formatted(version));
    } else if (versionNumber(version) < 10_06) {
      problems.add("The server is %s: use 10.6 or later.".formatted(version));
    }
    requireSetting("local_infile", "1", "rows are loaded by LOAD DATA LOCAL");
    requireSetting(
        "innodb_flush_log_at_trx_commit", "1", "else the server may lose epochs it acknowledged");
    if (!text("SELECT @@read_only").equals("0")) {
      problems.add("The server is read-only: connect the primary.");
    }
  }

  private static int versionNumber(String version) {
    var parts = version.split("[.-]");
    return Integer.parseInt(parts[0]) * 100 + Integer.parseInt(parts[1]);
  }

  private void requireSetting(String name, String value, String why) throws SQLException {
    var actual = text("SELECT @@" + name);
    if (!actual.equals(value)) {
      problems.add("%s is %s: set it to %s, %s.".formatted(name, actual, value, why));
    }
  }

  private void checkBinaryLog() throws SQLException {
    if (text("SELECT @@log_bin").equals("0")) {
      return;
    }
    requireSetting(
        "sync_binlog", "1", "else a crash takes acknowledged epochs back that are not in the log");
    if (text("SELECT @@binlog_format").equals("STATEMENT")) {
      problems.add(
          "binlog_format is STATEMENT, which cannot log transactions at READ COMMITTED: set it to ROW.");
    }
    if (use == Use.PREPARED) {
      checkXa();
    }
  }

  private void checkXa() throws SQLException {
    if (text("SELECT @@wsrep_on").equals("1")) {
      problems.add("Galera has no XA transactions: use strategy staged.");
    }
    logsXa = true;
  }

  private void checkOnceflowTables() {
    var names = context.names();
    var cure = "run flink-conf/sql/onceflow-mariadb.sql";
    probe(names.sink(), "sink_id", List.of("SELECT", "INSERT", "UPDATE"), cure);
    probe(names.run(), "sink_id", List.of("SELECT", "INSERT", "UPDATE"), cure);
    probe(names.marker(), "transaction_id", List.of("SELECT", "INSERT", "UPDATE", "DELETE"), cure);
    probe(
        names.decision(), "transaction_id", List.of("SELECT", "INSERT", "UPDATE", "DELETE"), cure);
    probe(names.deadLetter(), "target", List.of("INSERT"), cure);
  }

  private void probe(String table, String column, List<String> privileges, String cure) {
    for (var privilege : privileges) {
      var sql =
          switch (privilege) {
            case "SELECT" -> "SELECT %s FROM %s WHERE FALSE".formatted(column, table);
            case "INSERT" ->
                "INSERT INTO %s (%s) SELECT NULL FROM DUAL WHERE FALSE".formatted(table, column);
            case "UPDATE" -> "UPDATE %s SET %s = %s WHERE FALSE".formatted(table, column, column);
            default -> "DELETE FROM %s WHERE FALSE".formatted(table);
          };
      if (!works(sql, "%s on %s".formatted(privilege, table), cure)) {
        return;
      }
    }
  }

  private boolean works(String sql, String what, String cure) {
    try {
      MariaDbLink.execute(connection, sql);
      return true;
    } catch (SQLException e) {
      if (SHAPE.contains(e.getErrorCode())) {
        return true;
      }
      problems.add(
          "No %s (error %d): %s. If the table is missing, %s; if a privilege is, GRANT it."
              .formatted(what, e.getErrorCode(), MariaDbErrors.reason(e), cure));
      return false;
    }
  }

  private void check(MariaDbTable<?> table, int index) throws SQLException {
    var database = table.tableName().databaseOr(context.connector().database());
    var shape = TableShape.of(connection, database, table.tableName().table());
    if (shape == null) {
      problems.add(
          "Table %s does not exist in database %s, or the role may not use it: create it or GRANT INSERT."
              .formatted(table.name(), database));
      return;
    }
    shape.compareWith(table, problems::add);
    if (table.isUpsert() || onReject == OnReject.DEAD_LETTER) {
      var sql = new TableSql(table, index);
      if (works(sql.createStage(), "CREATE TEMPORARY TABLES on " + database, "see above")) {
        works(
            sql.insertStaged(),
            "INSERT" + (table.isUpsert() ? ", UPDATE" : "") + " on " + table.name(),
            "create it");
        works(sql.dropStage(), "DROP TEMPORARY TABLE on " + database, "see above");
      }
    } else {
      probe(
          table.tableName().quoted(),
          TableName.quote(table.columns().get(0).name()),
          List.of("INSERT"),
          "create it");
    }
  }

  private String text(String sql) throws SQLException {
    try (var statement = connection.createStatement();
        var row = statement.executeQuery(sql)) {
      row.next();
      return String.valueOf(row.getString(1));
    }
  }
}
