package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.DamagedSegmentException;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.SegmentPart;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.StoreException;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * Writes an epoch's rows inside an open transaction. A table's rows go in with one COPY; only when
 * the server refuses a row is the work repeated in chunks, with {@link RejectedRows}.
 */
final class EpochTransaction {

  private static final int COPY_BYTES = 256 * 1024;

  private final Connection connection;
  private final List<PostgresTable<?>> tables;
  private final OnReject onReject;
  private final SegmentReader segments;
  private final RejectedRows rejectedRows;
  private final byte[] buffer = new byte[COPY_BYTES];

  EpochTransaction(
      Connection connection,
      List<PostgresTable<?>> tables,
      OnReject onReject,
      SegmentReader segments) {
    this.connection = connection;
    this.tables = tables;
    this.onReject = onReject;
    this.segments = segments;
    this.rejectedRows = new RejectedRows(connection, onReject);
  }

  /**
   * Writes all parts of an epoch. Constraints that the user deferred are checked when all tables
   * are written. Only when one of them fails is the epoch written again with immediate checks,
   * which can tell the row at fault.
   *
   * @return rows that became dead letters
   */
  long writeAndCheck(Epoch epoch) throws SQLException, StoreException {
    var savepoint = connection.setSavepoint();
    write(epoch);
    try {
      checkConstraints(connection);
      return rejectedRows.count();
    } catch (SQLException e) {
      if (PostgresErrors.classify(e) != ErrorClass.ROW) {
        throw e;
      }
      connection.rollback(savepoint);
      checkConstraints(connection);
      var again = new EpochTransaction(connection, tables, onReject, segments);
      again.write(epoch);
      return again.rejectedRows.count();
    }
  }

  static void checkConstraints(Connection connection) throws SQLException {
    DatabaseLink.execute(connection, "SET CONSTRAINTS ALL IMMEDIATE");
  }

  private void write(Epoch epoch) throws SQLException, StoreException {
    for (var target = 0; target <= tables.size(); target++) {
      var index = target;
      var parts = epoch.parts().stream().filter(part -> part.target() == index).toList();
      if (!parts.isEmpty()) {
        write(target, parts);
        CrashPoints.reach(CrashPoints.APPLY_MIDDLE);
      }
    }
  }

  private void write(int target, List<SegmentPart> parts) throws SQLException, StoreException {
    if (target == tables.size()) {
      copyAll(DeadLetters.COPY_SQL, parts);
      rejectedRows.addEncoded(parts.stream().mapToLong(SegmentPart::rows).sum());
      return;
    }
    var table = new TableSql(tables.get(target), target);
    if (table.isUpsert()) {
      DatabaseLink.execute(connection, table.createStage());
    }
    var savepoint = connection.setSavepoint();
    try {
      if (table.isUpsert()) {
        copyAll(table.copyToStage(), parts);
        DatabaseLink.execute(connection, table.upsertFromStage());
      } else {
        copyAll(table.copy(), parts);
      }
    } catch (SQLException e) {
      rejectedRows.refuseUnlessRowAtFault(table, e);
      connection.rollback(savepoint);
      writeAroundBadRows(table, parts);
    }
    connection.releaseSavepoint(savepoint);
  }

  private void writeAroundBadRows(TableSql table, List<SegmentPart> parts)
      throws SQLException, StoreException {
    var copySql = table.isUpsert() ? table.copyToStage() : table.copy();
    for (var part : parts) {
      try (var in = segments.open(part)) {
        var reader = new TupleReader(in, part.bytes());
        for (var chunk = reader.next(); chunk != null; chunk = reader.next()) {
          rejectedRows.write(
              table, chunk, (rows, from, to) -> copyRows(connection, copySql, rows, from, to));
        }
      } catch (IOException e) {
        throw unreadable(part, e);
      }
    }
    rejectedRows.placeWaiting();
    if (table.isUpsert()) {
      upsertAroundBadRows(table);
    }
  }

  private void upsertAroundBadRows(TableSql table) throws SQLException, StoreException {
    DatabaseLink.execute(connection, table.createFinal());
    rejectedRows.halve(
        table,
        1,
        count(table.countFinal()) + 1,
        (from, to) -> DatabaseLink.execute(connection, table.upsertFromFinal(from, to)),
        (row, reason) -> rejectedRows.reject(table, table.deadLetterFromFinal(row), reason));
    DatabaseLink.execute(connection, table.dropFinal());
  }

  static void copyRows(Connection connection, String sql, TupleReader.Chunk chunk, int from, int to)
      throws SQLException {
    try (var copy = BinaryCopy.begin(connection, sql)) {
      var start = chunk.offsets()[from];
      copy.write(chunk.bytes(), start, chunk.offsets()[to] - start);
      copy.end(to - from);
    }
  }

  private void copyAll(String sql, List<SegmentPart> parts) throws SQLException, StoreException {
    try (var copy = BinaryCopy.begin(connection, sql)) {
      for (var part : parts) {
        stream(copy, part);
      }
      copy.end(parts.stream().mapToLong(SegmentPart::rows).sum());
    }
  }

  private void stream(BinaryCopy copy, SegmentPart part) throws SQLException, StoreException {
    try (InputStream in = segments.open(part)) {
      for (var count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        copy.write(buffer, 0, count);
      }
    } catch (IOException e) {
      throw unreadable(part, e);
    }
  }

  static StoreException unreadable(SegmentPart part, IOException e) {
    var forGood =
        e instanceof DamagedSegmentException
            || e instanceof FileNotFoundException
            || e instanceof NoSuchFileException
            || e instanceof EOFException;
    return new StoreException(
        forGood ? ErrorClass.SYSTEM : ErrorClass.TRANSIENT,
        "Segment %s of an epoch that is not committed cannot be read: %s. Nothing was committed. Bring the file back (same path, same bytes) and restart, or restore from an older checkpoint with on-rewind: accept-duplicates."
            .formatted(part, e.toString()),
        e);
  }

  private long count(String sql) throws SQLException {
    try (var statement = connection.createStatement();
        var result = statement.executeQuery(sql)) {
      result.next();
      return result.getLong(1);
    }
  }
}
