package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes rows of which the server refuses some: halves them until the row at fault stands alone and
 * becomes a dead letter of the same transaction. One instance per transaction.
 */
final class RejectedRows {

  /** More rejected rows than this in one transaction are a broken job, not bad rows. */
  private static final long MAX_REJECTED_ROWS = 10_000;

  private static final String FOREIGN_KEY_VIOLATION = "23503";

  private final Connection connection;
  private final OnReject onReject;
  private final List<Waiting> waiting = new ArrayList<>();
  private long rejected;

  RejectedRows(Connection connection, OnReject onReject) {
    this.connection = connection;
    this.onReject = onReject;
  }

  /** Writes some rows of a chunk with one statement. */
  interface ChunkWriter {
    void write(TupleReader.Chunk chunk, int from, int to) throws SQLException;
  }

  /** Writes a range of numbered rows with one statement. */
  interface RangeWriter {
    void write(long from, long to) throws SQLException;
  }

  /** Takes the row that is at fault. */
  interface RefusedRow {
    void take(long row, SQLException reason) throws SQLException, StoreException;
  }

  /** A tuple that refers to a row which may come later. */
  private record Waiting(
      TableSql table, TupleReader.Chunk tuple, ChunkWriter writer, SQLException reason) {}

  /** Rows that became dead letters. */
  long count() {
    return rejected;
  }

  /** Counts dead letters that came as such: values that have no encoding. */
  void addEncoded(long rows) throws StoreException {
    rejected += rows;
    if (rejected > MAX_REJECTED_ROWS) {
      throw new StoreException(
          ErrorClass.SYSTEM,
          "More than %d rows of one epoch cannot become rows of their tables; the mapping or the input is wrong, and nothing of the epoch is committed."
              .formatted(MAX_REJECTED_ROWS),
          null);
    }
  }

  /** Returns when the error is about a row that may become a dead letter. */
  void refuseUnlessRowAtFault(TableSql table, SQLException e) throws SQLException, StoreException {
    if (PostgresErrors.classify(e) != ErrorClass.ROW) {
      throw e;
    }
    if (onReject == OnReject.FAIL) {
      throw new StoreException(
          ErrorClass.ROW,
          "Table %s refused a row (SQLSTATE %s): %s. Correct the input, or set on-reject: dead-letter."
              .formatted(table.name(), e.getSQLState(), PostgresErrors.reason(e)),
          PostgresErrors.onOneLine(e));
    }
  }

  /** Writes all rows of a chunk that the server takes. */
  void write(TableSql table, TupleReader.Chunk chunk, ChunkWriter writer)
      throws SQLException, StoreException {
    halve(
        table,
        0,
        chunk.rows(),
        (from, to) -> writer.write(chunk, (int) from, (int) to),
        (row, reason) -> rejectOrWait(new Waiting(table, chunk.only((int) row), writer, reason)));
  }

  /** Writes all rows of a range that the server takes. */
  void halve(TableSql table, long from, long to, RangeWriter writer, RefusedRow refused)
      throws SQLException, StoreException {
    if (from >= to) {
      return;
    }
    var savepoint = connection.setSavepoint();
    try {
      writer.write(from, to);
      connection.releaseSavepoint(savepoint);
      return;
    } catch (SQLException e) {
      refuseUnlessRowAtFault(table, e);
      connection.rollback(savepoint);
      connection.releaseSavepoint(savepoint);
      if (to - from == 1) {
        refused.take(from, e);
        return;
      }
    }
    var middle = (from + to) >>> 1;
    halve(table, from, middle, writer, refused);
    halve(table, middle, to, writer, refused);
  }

  /** In one COPY a row may come before the row it refers to; row by row it has to wait for it. */
  private void rejectOrWait(Waiting row) throws SQLException, StoreException {
    if (FOREIGN_KEY_VIOLATION.equals(row.reason().getSQLState())
        && waiting.size() < MAX_REJECTED_ROWS) {
      waiting.add(row);
    } else {
      rejectTuple(row);
    }
  }

  /** Tries the rows that wait for others again, until no more of them find what they refer to. */
  void placeWaiting() throws SQLException, StoreException {
    var before = -1;
    while (waiting.size() != before) {
      before = waiting.size();
      var round = List.copyOf(waiting);
      waiting.clear();
      for (var row : round) {
        write(row.table(), row.tuple(), row.writer());
      }
    }
    for (var row : List.copyOf(waiting)) {
      rejectTuple(row);
    }
    waiting.clear();
  }

  /** The server itself turns the tuple into text, by types alone and without constraints. */
  private void rejectTuple(Waiting row) throws SQLException, StoreException {
    var table = row.table();
    countRejected(table, row.reason());
    var savepoint = connection.setSavepoint();
    try (var statement = connection.prepareStatement(table.deadLetterFromArrays())) {
      bindRejection(statement, table, row.reason());
      ColumnArrays.of(table.tupleTypes(), row.tuple(), 0, 1).bind(statement, 4);
      statement.executeUpdate();
    } catch (SQLException e) {
      refuseUnlessRowAtFault(table, e);
      connection.rollback(savepoint);
      insertDeadLetterInHex(row);
    }
    connection.releaseSavepoint(savepoint);
  }

  /** Makes a dead letter of a row that is in a table already. */
  void reject(TableSql table, String deadLetterSql, SQLException reason)
      throws SQLException, StoreException {
    countRejected(table, reason);
    try (var statement = connection.prepareStatement(deadLetterSql)) {
      bindRejection(statement, table, reason);
      statement.executeUpdate();
    }
  }

  private void countRejected(TableSql table, SQLException e) throws StoreException {
    if (++rejected > MAX_REJECTED_ROWS) {
      throw new StoreException(
          ErrorClass.SYSTEM,
          "More than %d rows of one epoch were refused, the last by %s (SQLSTATE %s): %s. Correct the mapping or the table; nothing of the epoch is committed."
              .formatted(
                  MAX_REJECTED_ROWS, table.name(), e.getSQLState(), PostgresErrors.reason(e)),
          PostgresErrors.onOneLine(e));
    }
  }

  private static void bindRejection(
      java.sql.PreparedStatement statement, TableSql table, SQLException reason)
      throws SQLException {
    statement.setString(1, table.name());
    statement.setString(2, reason.getSQLState());
    statement.setString(3, DeadLetters.printable(PostgresErrors.reason(reason)));
  }

  private void insertDeadLetterInHex(Waiting row) throws SQLException {
    var sql =
        "INSERT INTO onceflow.dead_letter (target, code, reason, row_text)"
            + " VALUES (?, ?, ?, 'tuple in hex: ' || encode(?, 'hex'))";
    try (var statement = connection.prepareStatement(sql)) {
      bindRejection(statement, row.table(), row.reason());
      statement.setBytes(4, row.tuple().bytes());
      statement.executeUpdate();
    }
  }
}
