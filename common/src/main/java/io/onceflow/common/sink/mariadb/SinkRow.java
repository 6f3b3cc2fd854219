package io.onceflow.common.sink.mariadb;

import io.onceflow.common.commit.CommitScope;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.LineageRules;
import io.onceflow.common.commit.LineageRules.SinkRecord;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;

/** The row that says which history of a sink is current and how far it is. */
final class SinkRow {

  private final Connection connection;
  private final OnceflowTables names;
  private final SinkId sinkId;

  SinkRow(Connection connection, OnceflowTables names, SinkId sinkId) {
    this.connection = connection;
    this.names = names;
    this.sinkId = sinkId;
  }

  /** Locks it until the transaction ends; a locking read sees what was committed last. */
  SinkRecord lock() throws SQLException {
    var sql =
        """
        SELECT lineage, owner_run, last_checkpoint_id, parent_lineage, parent_checkpoint_id, last_restore_path
        FROM %s WHERE sink_id = ? FOR UPDATE
        """
            .formatted(names.sink());
    try (var statement = connection.prepareStatement(sql)) {
      statement.setString(1, sinkId.value());
      try (var row = statement.executeQuery()) {
        return row.next() ? sinkRecord(row) : null;
      }
    }
  }

  private static SinkRecord sinkRecord(ResultSet row) throws SQLException {
    return new SinkRecord(
        row.getString(1),
        row.getString(2),
        row.getLong(3),
        row.getString(4),
        row.getLong(5),
        row.getString(6));
  }

  /**
   * Moves the sink on to an epoch if that is the next one. The row is locked first and the markers
   * are read by a later statement, so that what another process has just committed is seen.
   */
  void follow(SinkRecord known, Epoch epoch, String runId) throws SQLException, StoreException {
    var refusal = LineageRules.refuseCommit(known, runId, epoch, newestOfSubtask(epoch));
    if (refusal != null) {
      throw new StoreException(ErrorClass.FENCED, refusal, null);
    }
    if (epoch.checkpointId() >= known.lastCheckpointId()) {
      advance(epoch);
    }
  }

  private void advance(Epoch epoch) throws SQLException {
    try (var statement =
        connection.prepareStatement(
            "UPDATE %s SET last_checkpoint_id = ?, last_restore_path = ? WHERE sink_id = ?"
                .formatted(names.sink()))) {
      statement.setLong(1, epoch.checkpointId());
      statement.setString(2, epoch.restorePath());
      statement.setString(3, sinkId.value());
      statement.executeUpdate();
    }
  }

  private long newestOfSubtask(Epoch epoch) throws SQLException {
    if (epoch.scope() == CommitScope.SINK) {
      return 0;
    }
    var sql =
        """
        SELECT coalesce(max(checkpoint_id), 0) FROM %s
        WHERE sink_id = ? AND lineage = ? AND subtask = ? AND transaction_id <> ?
        """
            .formatted(names.marker());
    try (var statement = connection.prepareStatement(sql)) {
      statement.setString(1, sinkId.value());
      statement.setString(2, epoch.lineage());
      statement.setInt(3, epoch.subtask());
      statement.setString(4, epoch.transactionId());
      try (var row = statement.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  /** Notes below which checkpoint there are no markers any more. */
  void raiseLowWater(long checkpointId) throws SQLException {
    try (var statement =
        connection.prepareStatement(
            "UPDATE %s SET low_water_checkpoint_id = greatest(low_water_checkpoint_id, ?) WHERE sink_id = ?"
                .formatted(names.sink()))) {
      statement.setLong(1, checkpointId);
      statement.setString(2, sinkId.value());
      statement.executeUpdate();
    }
  }
}
