package io.onceflow.common.sink.mariadb;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes rows inside an open transaction. A table's rows go in with one LOAD DATA LOCAL. That
 * statement turns errors into warnings: it cuts values, fills in zeros and leaves rows out. So it
 * counts only when there is no warning and no row is missing; else it is taken back and the rows go
 * in by strict statements, in chunks that are halved until the row at fault stands alone and
 * becomes a dead letter.
 */
final class TransactionRows {

  private static final String SAVEPOINT = "onceflow_load";
  private static final long CHUNK_ROWS = 8_192;

  private final Connection connection;
  private final OnceflowTables names;
  private final List<TableSql> tables = new ArrayList<>();
  private final OnReject onReject;
  private final RejectedRows rejected;

  TransactionRows(
      Connection connection,
      OnceflowTables names,
      List<MariaDbTable<?>> tables,
      OnReject onReject) {
    this.connection = connection;
    this.names = names;
    this.onReject = onReject;
    this.rejected = new RejectedRows(connection, names);
    for (var table : tables) {
      this.tables.add(new TableSql(table, this.tables.size()));
    }
  }

  /** Rows that became dead letters here. */
  long rejected() {
    return rejected.count();
  }

  /** Writes all parts of an epoch, target by target. */
  void write(Epoch epoch, SegmentReader segments) throws SQLException, StoreException {
    for (var target = 0; target <= tables.size(); target++) {
      var index = target;
      var parts = epoch.parts().stream().filter(part -> part.target() == index).toList();
      if (!parts.isEmpty()) {
        write(target, RowSource.of(parts, segments));
        CrashPoints.reach(CrashPoints.APPLY_MIDDLE);
      }
    }
  }

  /** Writes the rows of one target; the dead letters are the last one. */
  void write(int target, RowSource rows) throws SQLException, StoreException {
    if (target == tables.size()) {
      writeDeadLetters(rows);
    } else if (tables.get(target).isUpsert()) {
      upsert(tables.get(target), rows);
    } else {
      append(tables.get(target), rows);
    }
  }

  private void writeDeadLetters(RowSource rows) throws SQLException, StoreException {
    var warning = load(TableSql.loadDeadLetters(names.deadLetter()), rows);
    if (warning != null) {
      throw new StoreException(
          ErrorClass.SYSTEM,
          "Table %s did not take the dead letters: %s. Run flink-conf/sql/onceflow-mariadb.sql, which tells what it looks like."
              .formatted(names.deadLetter(), MariaDbErrors.reason(warning)),
          null);
    }
    rejected.add(rows.count(), DeadLetters.TABLE, "they have no encoding");
  }

  private void append(TableSql table, RowSource rows) throws SQLException, StoreException {
    execute("SAVEPOINT " + SAVEPOINT);
    try {
      if (load(table.load(), rows) == null) {
        return;
      }
    } catch (SQLException e) {
      refuseUnlessRowAtFault(table, e);
    }
    execute("ROLLBACK TO SAVEPOINT " + SAVEPOINT);
    stage(table, rows);
    insertAroundBadRows(table);
    execute(table.dropStage());
  }

  private void upsert(TableSql table, RowSource rows) throws SQLException, StoreException {
    stage(table, rows);
    try {
      execute(table.insertStaged());
    } catch (SQLException e) {
      // InnoDB has taken back what the statement did; the transaction goes on.
      refuseUnlessRowAtFault(table, e);
      insertAroundBadRows(table);
    }
    execute(table.dropStage());
  }

  /** Its columns take every text: a warning here is no row's fault. */
  private void stage(TableSql table, RowSource rows) throws SQLException, StoreException {
    execute(table.createStage());
    var warning = load(table.loadStage(), rows);
    if (warning != null) {
      throw new StoreException(
          ErrorClass.SYSTEM,
          "The rows of table %s could not be staged: %s. The segment does not hold what the mapping says."
              .formatted(table.name(), MariaDbErrors.reason(warning)),
          null);
    }
  }

  private void insertAroundBadRows(TableSql table) throws SQLException, StoreException {
    execute(table.createOrdered());
    execute(table.fillOrdered());
    var end = MariaDbLink.number(connection, table.countOrdered()) + 1;
    for (var from = 1L; from < end; from += CHUNK_ROWS) {
      insertHalving(table, from, Math.min(end, from + CHUNK_ROWS));
    }
    placeWaiting(table);
    execute(table.dropOrdered());
  }

  private void insertHalving(TableSql table, long from, long to)
      throws SQLException, StoreException {
    try {
      execute(table.insertOrdered(from, to));
      return;
    } catch (SQLException e) {
      refuseUnlessRowAtFault(table, e);
      if (to - from == 1) {
        rejected.rejectOrWait(table, from, e);
        return;
      }
    }
    var middle = (from + to) >>> 1;
    insertHalving(table, from, middle);
    insertHalving(table, middle, to);
  }

  /** A row may come before the row it refers to: MariaDB checks each at once. */
  private void placeWaiting(TableSql table) throws SQLException, StoreException {
    var before = -1;
    while (rejected.waiting() != before) {
      before = rejected.waiting();
      for (var row : rejected.takeWaiting()) {
        insertHalving(table, row, row + 1);
      }
    }
    rejected.rejectWaiting(table);
  }

  private void refuseUnlessRowAtFault(TableSql table, SQLException e)
      throws SQLException, StoreException {
    if (MariaDbErrors.classify(e) != ErrorClass.ROW) {
      throw e;
    }
    if (onReject == OnReject.FAIL) {
      throw new StoreException(
          ErrorClass.ROW,
          "Table %s refused a row (error %d): %s. Correct the input, or set on-reject: dead-letter."
              .formatted(table.name(), e.getErrorCode(), MariaDbErrors.reason(e)),
          MariaDbErrors.withoutValues(e));
    }
  }

  /**
   * Streams the rows to the server.
   *
   * @return why not every row is in the table as it was sent, or null when it is
   */
  private SQLWarning load(String sql, RowSource rows) throws SQLException, StoreException {
    try (var statement = connection.createStatement()) {
      statement.unwrap(org.mariadb.jdbc.Statement.class).setLocalInfileInputStream(rows.open());
      var written = statement.executeLargeUpdate(sql);
      var warning = statement.getWarnings();
      if (warning == null && written != rows.count()) {
        throw new SQLException(
            "%s took %d of %d rows without a word.".formatted(sql, written, rows.count()),
            "HY000",
            1105);
      }
      return warning;
    } catch (SQLException e) {
      if (rows.failure() != null) {
        throw rows.failure();
      }
      throw e;
    }
  }

  private void execute(String sql) throws SQLException {
    MariaDbLink.execute(connection, sql);
  }
}
