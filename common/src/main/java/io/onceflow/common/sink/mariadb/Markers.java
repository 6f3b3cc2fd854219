package io.onceflow.common.sink.mariadb;

import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.TransactionId;
import io.onceflow.common.commit.TransactionTotals;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The rows of table {@code marker}: there if and only if the rows of their transaction are. */
final class Markers {

  private static final int KEPT = 100_000;
  private static final int PRUNE_EVERY = 1_000;
  private static final long END_OF_TIME_MS = 253_402_300_799_000L;

  private final Connection connection;
  private final OnceflowTables names;

  Markers(Connection connection, OnceflowTables names) {
    this.connection = connection;
    this.names = names;
  }

  /**
   * Inserts the epoch's marker before its rows. A twin of the same epoch that another process is
   * committing makes this wait on the primary key until the twin is through. Another transaction
   * for the same checkpoint and subtask of this lineage cannot be: the unique index refuses it.
   *
   * @return the epoch's number, or empty when it is committed already
   */
  OptionalLong insert(Epoch epoch, List<String> targets) throws SQLException, StoreException {
    var sql =
        """
        INSERT INTO %s (transaction_id, sink_id, lineage, checkpoint_id, row_count, byte_count, checksum,
          rows_by_target, watermark, prepared_at, subtask)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING epoch
        """
            .formatted(names.marker());
    try (var statement = connection.prepareStatement(sql)) {
      statement.setString(1, epoch.transactionId());
      statement.setString(2, epoch.sinkId().value());
      statement.setString(3, epoch.lineage());
      statement.setLong(4, epoch.checkpointId());
      statement.setLong(5, epoch.rows());
      statement.setLong(6, epoch.bytes());
      statement.setLong(7, epoch.checksum());
      statement.setString(8, rowsByTarget(epoch, targets));
      setTime(statement, 9, epoch.watermarkMs());
      setTime(statement, 10, epoch.preparedAtMs());
      statement.setInt(11, epoch.subtask());
      try (var row = statement.executeQuery()) {
        row.next();
        return OptionalLong.of(row.getLong(1));
      }
    } catch (SQLException e) {
      if (e.getErrorCode() != MariaDbErrors.DUPLICATE_KEY) {
        throw e;
      }
      if (exists(epoch.transactionId())) {
        return OptionalLong.empty();
      }
      throw new StoreException(
          ErrorClass.FENCED,
          "Sink '%s': another transaction has committed checkpoint %d of lineage %s. This job was restored from a fork of its history, and nothing of its epoch was committed."
              .formatted(epoch.sinkId(), epoch.checkpointId(), epoch.lineage()),
          null);
    }
  }

  /** Inserts the marker of a transaction that is just open and returns its number. */
  long begin(TransactionId id) throws SQLException {
    var sql =
        """
        INSERT INTO %s (transaction_id, sink_id, subtask, row_count, byte_count, checksum, rows_by_target, prepared_at)
        VALUES (?, ?, ?, 0, 0, 0, '{}', utc_timestamp(6)) RETURNING epoch
        """
            .formatted(names.marker());
    try (var statement = connection.prepareStatement(sql)) {
      statement.setString(1, id.toString());
      statement.setString(2, id.sinkId().value());
      statement.setInt(3, id.subtask());
      try (var row = statement.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  /** Completes what a marker says about its rows. */
  void setTotals(TransactionId id, TransactionTotals totals, String rowsByTarget, long rejected)
      throws SQLException {
    var sql =
        """
        UPDATE %s SET row_count = ?, byte_count = ?, checksum = ?, rows_by_target = ?, rejected = ?, watermark = ?,
          prepared_at = utc_timestamp(6)
        WHERE transaction_id = ?
        """
            .formatted(names.marker());
    try (var statement = connection.prepareStatement(sql)) {
      statement.setLong(1, totals.rows());
      statement.setLong(2, totals.bytes());
      statement.setLong(3, totals.checksum());
      statement.setString(4, rowsByTarget);
      statement.setLong(5, rejected);
      setTime(statement, 6, totals.watermarkMs());
      statement.setString(7, id.toString());
      statement.executeUpdate();
    }
  }

  /** Whether a transaction is committed: nobody else sees its marker before. */
  boolean exists(String transactionId) throws SQLException {
    try (var statement =
        connection.prepareStatement(
            "SELECT 1 FROM %s WHERE transaction_id = ?".formatted(names.marker()))) {
      statement.setString(1, transactionId);
      try (var row = statement.executeQuery()) {
        return row.next();
      }
    }
  }

  /** Names are restricted to letters, digits, dots and underscores: no escaping is needed. */
  private static String rowsByTarget(Epoch epoch, List<String> targets) {
    var rows = new TreeMap<String, Long>();
    for (var part : epoch.parts()) {
      rows.merge(targets.get(part.target()), part.rows(), Long::sum);
    }
    return json(rows);
  }

  static String json(Map<String, Long> rows) {
    return rows.entrySet().stream()
        .map(entry -> "\"%s\": %d".formatted(entry.getKey(), entry.getValue()))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  /** In UTC; watermarks at the ends of time mean "none yet" and "all of it". */
  private static void setTime(PreparedStatement statement, int index, long ms) throws SQLException {
    if (ms < 0 || ms > END_OF_TIME_MS) {
      statement.setNull(index, Types.TIMESTAMP);
    } else {
      statement.setObject(index, LocalDateTime.ofInstant(Instant.ofEpochMilli(ms), ZoneOffset.UTC));
    }
  }

  /** Sets what the statements of a transaction, and triggers of the user's, read. */
  static void setVariables(Connection connection, long epoch, SinkId sinkId) throws SQLException {
    try (var statement =
        connection.prepareStatement("SET @onceflow_epoch = ?, @onceflow_sink_id = ?")) {
      statement.setLong(1, epoch);
      statement.setString(2, sinkId.value());
      statement.execute();
    }
  }

  void finish(Epoch epoch, long rejected) throws SQLException {
    try (var statement =
        connection.prepareStatement(
            "UPDATE %s SET rejected = ?, committed_at = utc_timestamp(6) WHERE transaction_id = ?"
                .formatted(names.marker()))) {
      statement.setLong(1, rejected);
      statement.setString(2, epoch.transactionId());
      statement.executeUpdate();
    }
  }

  /** Now and then deletes what is too old to be asked for again. */
  void prune(Epoch epoch, SinkRow sinkRow) throws SQLException {
    var lowWater = epoch.checkpointId() - KEPT;
    if (epoch.checkpointId() % PRUNE_EVERY != 0 || lowWater <= 0) {
      return;
    }
    for (var table : List.of(names.marker(), names.decision())) {
      try (var statement =
          connection.prepareStatement(
              "DELETE FROM %s WHERE sink_id = ? AND lineage = ? AND checkpoint_id <= ?"
                  .formatted(table))) {
        statement.setString(1, epoch.sinkId().value());
        statement.setString(2, epoch.lineage());
        statement.setLong(3, lowWater);
        statement.executeUpdate();
      }
    }
    sinkRow.raiseLowWater(lowWater);
  }
}
