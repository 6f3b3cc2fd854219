package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.RowBuffer;
import io.onceflow.common.commit.StoreException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;

/**
 * The rows of one open transaction of PREPARED, written as they come. One COPY stays active as long
 * as rows go to the same table.
 *
 * <p>When rejected rows become dead letters, there is a savepoint every few megabytes, and what was
 * sent since the last one is kept in memory: a COPY that fails is rolled back to it and written
 * again around the rows at fault. Without dead letters a refused row ends the transaction, and
 * there is no savepoint.
 *
 * <p>No temporary table is used: a transaction that has touched one cannot be prepared.
 */
final class StreamedRows {

  private static final int CHUNK_BYTES = 8 << 20;

  private final Connection connection;
  private final List<PostgresTable<?>> tables;
  private final OnReject onReject;
  private final RejectedRows rejectedRows;
  private final List<Piece> kept = new ArrayList<>();

  private Savepoint savepoint;
  private int keptBytes;
  private BinaryCopy copy;
  private int copyTarget;
  private long copyRows;

  /** Rows of one target that were sent since the last savepoint. */
  private record Piece(int target, RowBuffer rows) {}

  StreamedRows(Connection connection, List<PostgresTable<?>> tables, OnReject onReject) {
    this.connection = connection;
    this.tables = tables;
    this.onReject = onReject;
    this.rejectedRows = new RejectedRows(connection, onReject);
  }

  /** Rows that became dead letters. */
  long rejected() {
    return rejectedRows.count();
  }

  void append(int target, byte[] rows, int length, long rowCount)
      throws SQLException, StoreException {
    if (target == tables.size()) {
      rejectedRows.addEncoded(rowCount);
    }
    keep(target, rows, length);
    try {
      copyInto(target);
      copy.write(rows, 0, length);
      copyRows += rowCount;
    } catch (SQLException e) {
      writeAround(e);
    }
    if (keptBytes >= CHUNK_BYTES) {
      endChunk();
    }
  }

  /** Ends what is under way, and places rows that waited for the rows they refer to. */
  void end() throws SQLException, StoreException {
    endChunk();
    rejectedRows.placeWaiting();
  }

  private void keep(int target, byte[] rows, int length) throws SQLException {
    if (onReject == OnReject.FAIL) {
      return;
    }
    if (savepoint == null) {
      savepoint = connection.setSavepoint();
    }
    if (kept.isEmpty() || kept.get(kept.size() - 1).target() != target) {
      kept.add(new Piece(target, new RowBuffer(length)));
    }
    kept.get(kept.size() - 1).rows().putBytes(rows, 0, length);
    keptBytes += length;
  }

  private void copyInto(int target) throws SQLException {
    if (copy != null && copyTarget != target) {
      endCopy();
    }
    if (copy == null) {
      copyTarget = target;
      copyRows = 0;
      copy = BinaryCopy.begin(connection, copySql(target));
    }
  }

  private String copySql(int target) {
    return target == tables.size() ? DeadLetters.COPY_SQL : table(target).copy();
  }

  private TableSql table(int target) {
    return new TableSql(tables.get(target), target);
  }

  private void endCopy() throws SQLException {
    if (copy != null) {
      copy.end(copyRows);
      copy = null;
    }
  }

  private void endChunk() throws SQLException, StoreException {
    try {
      endCopy();
    } catch (SQLException e) {
      writeAround(e);
    }
    forgetChunk();
  }

  private void forgetChunk() throws SQLException {
    if (savepoint != null) {
      connection.releaseSavepoint(savepoint);
    }
    savepoint = null;
    kept.clear();
    keptBytes = 0;
  }

  /** Back to the savepoint, and once more from there; the COPY under way is the one that failed. */
  private void writeAround(SQLException e) throws SQLException, StoreException {
    copy = null;
    if (copyTarget == tables.size()) {
      throw e;
    }
    rejectedRows.refuseUnlessRowAtFault(table(copyTarget), e);
    connection.rollback(savepoint);
    for (var piece : kept) {
      var rows = piece.rows();
      var reader =
          new TupleReader(new ByteArrayInputStream(rows.array(), 0, rows.length()), rows.length());
      for (var chunk = next(reader); chunk != null; chunk = next(reader)) {
        writeAgain(piece.target(), chunk);
      }
    }
    forgetChunk();
  }

  private void writeAgain(int target, TupleReader.Chunk chunk) throws SQLException, StoreException {
    var sql = copySql(target);
    if (target == tables.size()) {
      EpochTransaction.copyRows(connection, sql, chunk, 0, chunk.rows());
    } else {
      rejectedRows.write(
          table(target),
          chunk,
          (rows, from, to) -> EpochTransaction.copyRows(connection, sql, rows, from, to));
    }
  }

  private static TupleReader.Chunk next(TupleReader reader) {
    try {
      return reader.next();
    } catch (IOException e) {
      throw new IllegalStateException("Rows that were encoded here cannot be read.", e);
    }
  }
}
