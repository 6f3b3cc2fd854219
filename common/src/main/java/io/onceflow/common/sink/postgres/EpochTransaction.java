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
import java.util.ArrayList;
import java.util.List;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;

/**
 * Writes an epoch's rows inside an open transaction. A table's rows go in with one COPY; only when
 * the server refuses a row is the work repeated in chunks that are halved until the row at fault
 * stands alone and becomes a dead letter.
 */
final class EpochTransaction {

  /** More rejected rows than this in one epoch are a broken job, not bad rows. */
  private static final long MAX_REJECTED_ROWS = 10_000;

  private static final String FOREIGN_KEY_VIOLATION = "23503";

  private static final int COPY_BYTES = 256 * 1024;

  private final Connection connection;
  private final CopyManager copyManager;
  private final List<PostgresTable<?>> tables;
  private final OnReject onReject;
  private final SegmentReader segments;
  private final byte[] buffer = new byte[COPY_BYTES];
  private final List<Waiting> waiting = new ArrayList<>();
  private long rejected;

  /** A tuple that refers to a row which may come later. */
  private record Waiting(TupleReader.Chunk chunk, int row, SQLException reason) {}

  EpochTransaction(
      Connection connection,
      List<PostgresTable<?>> tables,
      OnReject onReject,
      SegmentReader segments)
      throws SQLException {
    this.connection = connection;
    this.copyManager = connection.unwrap(PGConnection.class).getCopyAPI();
    this.tables = tables;
    this.onReject = onReject;
    this.segments = segments;
  }

  /** Rows that became dead letters here. */
  long rejected() {
    return rejected;
  }

  void write(Epoch epoch) throws SQLException, StoreException {
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
      rejected += parts.stream().mapToLong(SegmentPart::rows).sum();
      if (rejected > MAX_REJECTED_ROWS) {
        throw new StoreException(
            ErrorClass.SYSTEM,
            "More than %d rows of one epoch cannot become rows of their tables; the mapping or the input is wrong, and nothing of the epoch is committed."
                .formatted(MAX_REJECTED_ROWS),
            null);
      }
      return;
    }
    var table = new TableSql(tables.get(target), target);
    if (table.isUpsert()) {
      execute(table.createStage());
    }
    var savepoint = connection.setSavepoint();
    try {
      if (table.isUpsert()) {
        copyAll(table.copyToStage(), parts);
        execute(table.upsertFromStage());
      } else {
        copyAll(table.copy(), parts);
      }
    } catch (SQLException e) {
      refuseUnlessRowAtFault(table, e);
      connection.rollback(savepoint);
      writeAroundBadRows(table, parts);
    }
    connection.releaseSavepoint(savepoint);
  }

  private void refuseUnlessRowAtFault(TableSql table, SQLException e)
      throws SQLException, StoreException {
    if (PostgresErrors.classify(e) != ErrorClass.ROW) {
      throw e;
    }
    if (onReject == OnReject.FAIL) {
      throw new StoreException(
          ErrorClass.ROW,
          "Table %s refused a row (SQLSTATE %s): %s. Correct the input, or set on-reject: dead-letter."
              .formatted(table.name(), e.getSQLState(), PostgresErrors.reason(e)),
          e);
    }
  }

  private void writeAroundBadRows(TableSql table, List<SegmentPart> parts)
      throws SQLException, StoreException {
    execute(table.createProbe());
    var copySql = table.isUpsert() ? table.copyToStage() : table.copy();
    for (var part : parts) {
      try (var in = segments.open(part)) {
        var reader = new TupleReader(in, part.bytes());
        for (var chunk = reader.next(); chunk != null; chunk = reader.next()) {
          copyHalving(table, copySql, chunk, 0, chunk.rows());
        }
      } catch (IOException e) {
        throw unreadable(part, e);
      }
    }
    placeWaiting(table, copySql);
    if (table.isUpsert()) {
      execute(table.createFinal());
      upsertHalving(table, 1, count(table.countFinal()) + 1);
      execute(table.dropFinal());
    }
    execute(table.dropProbe());
  }

  private void copyHalving(TableSql table, String sql, TupleReader.Chunk chunk, int from, int to)
      throws SQLException, StoreException {
    var savepoint = connection.setSavepoint();
    try {
      copyRows(sql, chunk, from, to);
      connection.releaseSavepoint(savepoint);
      return;
    } catch (SQLException e) {
      refuseUnlessRowAtFault(table, e);
      connection.rollback(savepoint);
      connection.releaseSavepoint(savepoint);
      if (to - from == 1) {
        rejectOrWait(table, new Waiting(chunk, from, e));
        return;
      }
    }
    var middle = (from + to) >>> 1;
    copyHalving(table, sql, chunk, from, middle);
    copyHalving(table, sql, chunk, middle, to);
  }

  /** In one COPY a row may come before the row it refers to; row by row it has to wait for it. */
  private void rejectOrWait(TableSql table, Waiting tuple) throws SQLException, StoreException {
    if (FOREIGN_KEY_VIOLATION.equals(tuple.reason().getSQLState())
        && waiting.size() < MAX_REJECTED_ROWS) {
      waiting.add(tuple);
    } else {
      rejectTuple(table, tuple.chunk(), tuple.row(), tuple.reason());
    }
  }

  private void placeWaiting(TableSql table, String copySql) throws SQLException, StoreException {
    var before = -1;
    while (waiting.size() != before) {
      before = waiting.size();
      var round = List.copyOf(waiting);
      waiting.clear();
      for (var tuple : round) {
        copyHalving(table, copySql, tuple.chunk(), tuple.row(), tuple.row() + 1);
      }
    }
    for (var tuple : List.copyOf(waiting)) {
      rejectTuple(table, tuple.chunk(), tuple.row(), tuple.reason());
    }
    waiting.clear();
  }

  private void upsertHalving(TableSql table, long from, long to)
      throws SQLException, StoreException {
    if (from >= to) {
      return;
    }
    var savepoint = connection.setSavepoint();
    try {
      execute(table.upsertFromFinal(from, to));
      connection.releaseSavepoint(savepoint);
      return;
    } catch (SQLException e) {
      refuseUnlessRowAtFault(table, e);
      connection.rollback(savepoint);
      connection.releaseSavepoint(savepoint);
      if (to - from == 1) {
        countRejected(table, e);
        insertDeadLetter(table.deadLetterFromFinal(from), table, e);
        return;
      }
    }
    var middle = (from + to) >>> 1;
    upsertHalving(table, from, middle);
    upsertHalving(table, middle, to);
  }

  /** The server itself turns the tuple into text, through a table that has no constraints. */
  private void rejectTuple(TableSql table, TupleReader.Chunk chunk, int row, SQLException reason)
      throws SQLException, StoreException {
    countRejected(table, reason);
    var savepoint = connection.setSavepoint();
    try {
      copyRows(table.copyToProbe(), chunk, row, row + 1);
      insertDeadLetter(table.deadLetterFromProbe(), table, reason);
      execute(table.emptyProbe());
    } catch (SQLException e) {
      refuseUnlessRowAtFault(table, e);
      connection.rollback(savepoint);
      insertDeadLetterInHex(table, chunk, row, reason);
    }
    connection.releaseSavepoint(savepoint);
  }

  private void countRejected(TableSql table, SQLException e) throws StoreException {
    if (++rejected > MAX_REJECTED_ROWS) {
      throw new StoreException(
          ErrorClass.SYSTEM,
          "More than %d rows of one epoch were refused, the last by %s (SQLSTATE %s): %s. Correct the mapping or the table; nothing of the epoch is committed."
              .formatted(
                  MAX_REJECTED_ROWS, table.name(), e.getSQLState(), PostgresErrors.reason(e)),
          e);
    }
  }

  private void insertDeadLetter(String sql, TableSql table, SQLException reason)
      throws SQLException {
    try (var statement = connection.prepareStatement(sql)) {
      statement.setString(1, table.name());
      statement.setString(2, reason.getSQLState());
      statement.setString(3, DeadLetters.printable(PostgresErrors.reason(reason)));
      statement.executeUpdate();
    }
  }

  private void insertDeadLetterInHex(
      TableSql table, TupleReader.Chunk chunk, int row, SQLException reason) throws SQLException {
    var sql =
        "INSERT INTO onceflow.dead_letter (target, code, reason, row_text)"
            + " VALUES (?, ?, ?, 'tuple in hex: ' || encode(?, 'hex'))";
    try (var statement = connection.prepareStatement(sql)) {
      statement.setString(1, table.name());
      statement.setString(2, reason.getSQLState());
      statement.setString(3, DeadLetters.printable(PostgresErrors.reason(reason)));
      statement.setBytes(
          4,
          java.util.Arrays.copyOfRange(
              chunk.bytes(), chunk.offsets()[row], chunk.offsets()[row + 1]));
      statement.executeUpdate();
    }
  }

  private void copyRows(String sql, TupleReader.Chunk chunk, int from, int to) throws SQLException {
    var copy = begin(sql);
    try {
      var start = chunk.offsets()[from];
      copy.writeToCopy(chunk.bytes(), start, chunk.offsets()[to] - start);
      end(copy, to - from, sql);
    } finally {
      cancelIfActive(copy);
    }
  }

  private void copyAll(String sql, List<SegmentPart> parts) throws SQLException, StoreException {
    var copy = begin(sql);
    try {
      for (var part : parts) {
        stream(copy, part);
      }
      end(copy, parts.stream().mapToLong(SegmentPart::rows).sum(), sql);
    } finally {
      cancelIfActive(copy);
    }
  }

  private void stream(CopyIn copy, SegmentPart part) throws SQLException, StoreException {
    try (InputStream in = segments.open(part)) {
      for (var count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        copy.writeToCopy(buffer, 0, count);
      }
    } catch (IOException e) {
      throw unreadable(part, e);
    }
  }

  private CopyIn begin(String sql) throws SQLException {
    var copy = copyManager.copyIn(sql);
    copy.writeToCopy(BinaryFormat.HEADER, 0, BinaryFormat.HEADER.length);
    return copy;
  }

  private static void end(CopyIn copy, long sealedRows, String sql) throws SQLException {
    copy.writeToCopy(BinaryFormat.TRAILER, 0, BinaryFormat.TRAILER.length);
    var written = copy.endCopy();
    if (written != sealedRows) {
      throw new SQLException(
          "%s took %d of %d rows. A trigger that drops rows, or a rule, stands between; remove it."
              .formatted(sql, written, sealedRows),
          "0A000");
    }
  }

  private static void cancelIfActive(CopyIn copy) throws SQLException {
    if (copy.isActive()) {
      copy.cancelCopy();
    }
  }

  private static StoreException unreadable(SegmentPart part, IOException e) {
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

  private void execute(String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private long count(String sql) throws SQLException {
    try (var statement = connection.createStatement();
        var result = statement.executeQuery(sql)) {
      result.next();
      return result.getLong(1);
    }
  }
}
