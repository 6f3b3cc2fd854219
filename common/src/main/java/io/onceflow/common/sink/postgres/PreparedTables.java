package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.TransactionId;
import io.onceflow.common.commit.TransactionTotals;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Markers and decisions of strategy PREPARED, in the tables of schema {@code onceflow}. */
final class PreparedTables {

  private final SinkTables sinkTables;

  PreparedTables(SinkTables sinkTables) {
    this.sinkTables = sinkTables;
  }

  /** Inserts the marker of a transaction that is just open, and makes its number known to it. */
  void beginTransaction(Connection connection, TransactionId id) throws SQLException {
    var sql =
        """
        INSERT INTO onceflow.marker (transaction_id, sink_id, subtask, row_count, byte_count, checksum,
          rows_by_target, prepared_at)
        VALUES (?, ?, ?, 0, 0, 0, '{}', clock_timestamp()) RETURNING epoch
        """;
    try (var statement = connection.prepareStatement(sql)) {
      statement.setString(1, id.toString());
      statement.setString(2, id.sinkId().value());
      statement.setInt(3, id.subtask());
      try (var row = statement.executeQuery()) {
        row.next();
        sinkTables.beginEpoch(connection, row.getLong(1));
      }
    }
  }

  /** Completes what a marker says about its rows. */
  void setTotals(
      Connection connection,
      TransactionId id,
      TransactionTotals totals,
      long rejected,
      List<PostgresTable<?>> tables)
      throws SQLException {
    var sql =
        """
        UPDATE onceflow.marker SET row_count = ?, byte_count = ?, checksum = ?, rows_by_target = ?::jsonb,
          rejected = ?, watermark = ?, row_sums = ?::jsonb, prepared_at = clock_timestamp()
        WHERE transaction_id = ?
        """;
    try (var statement = connection.prepareStatement(sql)) {
      statement.setLong(1, totals.rows());
      statement.setLong(2, totals.bytes());
      statement.setLong(3, totals.checksum());
      statement.setString(4, rowsByTarget(totals, tables));
      statement.setLong(5, rejected);
      statement.setTimestamp(6, SinkTables.timestamp(totals.watermarkMs()));
      statement.setString(7, MappingTable.sums(totals.sumsByTarget(), tables));
      statement.setString(8, id.toString());
      statement.executeUpdate();
    }
  }

  private static String rowsByTarget(TransactionTotals totals, List<PostgresTable<?>> tables) {
    var rows = new TreeMap<String, Long>();
    for (var target = 0; target < totals.rowsByTarget().size(); target++) {
      if (totals.rowsByTarget().get(target) > 0) {
        rows.put(SinkTables.targetName(target, tables), totals.rowsByTarget().get(target));
      }
    }
    return SinkTables.json(rows);
  }

  /**
   * Writes the decision down, unless that was done, and moves the sink on. The sink's row is locked
   * from the first statement on, and what the earlier holder of the lock wrote is seen by the next.
   */
  void decide(Connection connection, Epoch epoch, String runId)
      throws SQLException, StoreException {
    if (sinkTables.isOwnedBy(connection, runId) && isDecided(connection, epoch)) {
      return;
    }
    sinkTables.follow(connection, epoch, runId);
    var sql =
        """
        INSERT INTO onceflow.decision (transaction_id, sink_id, lineage, checkpoint_id) VALUES (?, ?, ?, ?)
        """;
    try (var statement = connection.prepareStatement(sql)) {
      statement.setString(1, epoch.transactionId());
      statement.setString(2, epoch.sinkId().value());
      statement.setString(3, epoch.lineage());
      statement.setLong(4, epoch.checkpointId());
      statement.executeUpdate();
    }
  }

  private static boolean isDecided(Connection connection, Epoch epoch) throws SQLException {
    return exists(
        connection,
        "SELECT 1 FROM onceflow.decision WHERE transaction_id = ?",
        epoch.transactionId());
  }

  /** Whether a transaction is committed: nobody sees its marker before. */
  static boolean isMarked(Connection connection, String transactionId) throws SQLException {
    return exists(
        connection, "SELECT 1 FROM onceflow.marker WHERE transaction_id = ?", transactionId);
  }

  private static boolean exists(Connection connection, String sql, String key) throws SQLException {
    try (var statement = connection.prepareStatement(sql)) {
      statement.setString(1, key);
      try (var row = statement.executeQuery()) {
        return row.next();
      }
    }
  }

  /**
   * Locks the sink's row and the decision.
   *
   * @return whether the epoch is not finished yet
   */
  boolean beginFinish(Connection connection, Epoch epoch, String runId)
      throws SQLException, StoreException {
    var isOwner = sinkTables.isOwnedBy(connection, runId);
    var sql =
        "SELECT finished_at IS NOT NULL FROM onceflow.decision WHERE transaction_id = ? FOR UPDATE";
    try (var statement = connection.prepareStatement(sql)) {
      statement.setString(1, epoch.transactionId());
      try (var row = statement.executeQuery()) {
        var isDecided = row.next();
        if (isDecided && row.getBoolean(1)) {
          return false;
        }
        if (!isDecided || !isOwner) {
          throw PostgresSession.fenced(
              "Sink '%s': the epoch of checkpoint %d was not decided here, or another run owns the sink by now; run %s may not finish it."
                  .formatted(epoch.sinkId(), epoch.checkpointId(), runId));
        }
        return true;
      }
    }
  }

  /** Inserts the marker of the rows that come with the epoch itself, and begins their epoch. */
  void insertMarkerOfParts(Connection connection, Epoch epoch, List<PostgresTable<?>> tables)
      throws SQLException, StoreException {
    var number = sinkTables.insertMarker(connection, epoch.withoutTransactions(), tables);
    sinkTables.beginEpoch(connection, number.orElseThrow());
  }

  /** Completes markers and decision of an epoch that is committed. */
  void finish(Connection connection, Epoch epoch, long rejected) throws SQLException {
    sinkTables.finishMarker(connection, epoch, rejected);
    finishMarkers(connection, epoch);
    var decision =
        "UPDATE onceflow.decision SET finished_at = clock_timestamp() WHERE transaction_id = ?";
    try (var statement = connection.prepareStatement(decision)) {
      statement.setString(1, epoch.transactionId());
      statement.executeUpdate();
    }
    if (SinkTables.isPruningDue(epoch)) {
      sinkTables.prune(connection, epoch, "onceflow.marker");
      sinkTables.prune(connection, epoch, "onceflow.decision");
    }
  }

  private static void finishMarkers(Connection connection, Epoch epoch) throws SQLException {
    var sql =
        """
        UPDATE onceflow.marker SET lineage = ?, checkpoint_id = ?, decision_id = ?, committed_at = clock_timestamp()
        WHERE transaction_id = ANY (?)
        """;
    var ids = new ArrayList<String>();
    epoch.transactions().forEach(transaction -> ids.add(transaction.id()));
    ids.add(epoch.transactionId());
    try (var statement = connection.prepareStatement(sql)) {
      statement.setString(1, epoch.lineage());
      statement.setLong(2, epoch.checkpointId());
      statement.setString(3, epoch.transactionId());
      statement.setArray(4, connection.createArrayOf("text", ids.toArray()));
      statement.executeUpdate();
    }
  }
}
