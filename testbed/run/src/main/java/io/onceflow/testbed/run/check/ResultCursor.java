package io.onceflow.testbed.run.check;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The rows of {@code ledger.results} of one partition in the order of their offsets, through a
 * cursor. The connection has autocommit off. One thread.
 */
final class ResultCursor implements AutoCloseable {

  private static final int FETCH_ROWS = 5_000;
  private static final String SQL =
      """
      SELECT record_offset, leg, grp, id, coalesce(account, 0), result, coalesce(seq, 0),
             (extract(epoch FROM log_time) * 1000)::bigint
      FROM ledger.results WHERE topic_partition = ? ORDER BY record_offset, leg
      """;

  private final PreparedStatement statement;
  private final ResultSet rows;
  private long offset;
  private ResultLine line;

  ResultCursor(Connection connection, int partition) throws SQLException {
    statement = connection.prepareStatement(SQL);
    statement.setFetchSize(FETCH_ROWS);
    statement.setInt(1, partition);
    rows = statement.executeQuery();
    advance();
  }

  /** The rows before an offset that were not taken: they belong to no record. */
  List<String> takeBefore(long limit) throws SQLException {
    List<String> skipped = new ArrayList<>();
    while (line != null && offset < limit) {
      skipped.add("offset " + offset + ": " + line);
      advance();
    }
    return skipped;
  }

  /** The rows of an offset. */
  List<ResultLine> take(long wanted) throws SQLException {
    List<ResultLine> lines = new ArrayList<>(1);
    while (line != null && offset == wanted) {
      lines.add(line);
      advance();
    }
    return lines;
  }

  private void advance() throws SQLException {
    if (!rows.next()) {
      line = null;
      return;
    }
    offset = rows.getLong(1);
    line =
        new ResultLine(
            rows.getInt(2),
            rows.getString(3),
            rows.getObject(4, UUID.class),
            rows.getLong(5),
            rows.getString(6),
            rows.getLong(7),
            rows.getLong(8));
  }

  @Override
  public void close() throws SQLException {
    rows.close();
    statement.close();
  }
}
