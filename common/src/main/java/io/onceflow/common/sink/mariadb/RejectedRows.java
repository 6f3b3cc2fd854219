package io.onceflow.common.sink.mariadb;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Makes dead letters of the staged rows that a table refused, in the same transaction. */
final class RejectedRows {

  /** More rejected rows than this in one transaction are a broken job, not bad rows. */
  private static final long MAX_REJECTED_ROWS = 10_000;

  private final Connection connection;
  private final OnceflowTables names;
  private final List<Waiting> waiting = new ArrayList<>();
  private long count;

  /** A row that refers to one which may come later. */
  private record Waiting(long row, SQLException reason) {}

  RejectedRows(Connection connection, OnceflowTables names) {
    this.connection = connection;
    this.names = names;
  }

  long count() {
    return count;
  }

  /** Rows that wait for others. */
  int waiting() {
    return waiting.size();
  }

  /** The numbers of the rows that wait; they do so no more. */
  List<Long> takeWaiting() {
    var rows = waiting.stream().map(Waiting::row).toList();
    waiting.clear();
    return rows;
  }

  void rejectOrWait(TableSql table, long row, SQLException reason)
      throws SQLException, StoreException {
    if (MariaDbErrors.FOREIGN_KEY.contains(reason.getErrorCode())
        && waiting.size() < MAX_REJECTED_ROWS) {
      waiting.add(new Waiting(row, reason));
    } else {
      reject(table, row, reason);
    }
  }

  void rejectWaiting(TableSql table) throws SQLException, StoreException {
    for (var refused : waiting) {
      reject(table, refused.row(), refused.reason());
    }
    waiting.clear();
  }

  private void reject(TableSql table, long row, SQLException reason)
      throws SQLException, StoreException {
    add(1, table.name(), MariaDbErrors.reason(reason));
    try (var statement = connection.prepareStatement(table.deadLetter(names.deadLetter(), row))) {
      statement.setString(1, table.name());
      statement.setString(2, Integer.toString(reason.getErrorCode()));
      statement.setString(3, DeadLetters.printable(MariaDbErrors.reason(reason)));
      statement.executeUpdate();
    }
  }

  /** Counts dead letters. */
  void add(long rows, String table, String reason) throws StoreException {
    count += rows;
    if (count > MAX_REJECTED_ROWS) {
      throw new StoreException(
          ErrorClass.SYSTEM,
          "More than %d rows of one epoch were refused, the last for %s: %s. Correct the mapping, the input or the table; nothing of the epoch is committed."
              .formatted(MAX_REJECTED_ROWS, table, reason),
          null);
    }
  }
}
