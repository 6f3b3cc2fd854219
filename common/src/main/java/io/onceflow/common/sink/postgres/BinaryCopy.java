package io.onceflow.common.sink.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/** One COPY of binary tuples that is under way. */
final class BinaryCopy implements AutoCloseable {

  private final String sql;
  private final CopyIn copy;

  private BinaryCopy(String sql, CopyIn copy) {
    this.sql = sql;
    this.copy = copy;
  }

  static BinaryCopy begin(Connection connection, String sql) throws SQLException {
    var copy = connection.unwrap(PGConnection.class).getCopyAPI().copyIn(sql);
    copy.writeToCopy(BinaryFormat.HEADER, 0, BinaryFormat.HEADER.length);
    return new BinaryCopy(sql, copy);
  }

  /** Sends whole or partial tuples. An error may be about something sent earlier. */
  void write(byte[] bytes, int offset, int length) throws SQLException {
    copy.writeToCopy(bytes, offset, length);
  }

  /**
   * @param rows how many were sent
   */
  void end(long rows) throws SQLException {
    copy.writeToCopy(BinaryFormat.TRAILER, 0, BinaryFormat.TRAILER.length);
    var written = copy.endCopy();
    if (written != rows) {
      throw new SQLException(
          "%s took %d of %d rows. A trigger that drops rows, or a rule, stands between; remove it."
              .formatted(sql, written, rows),
          "0A000");
    }
  }

  /** Cancels it unless it has ended. */
  @Override
  public void close() throws SQLException {
    if (copy.isActive()) {
      copy.cancelCopy();
    }
  }
}
