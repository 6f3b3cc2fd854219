package io.onceflow.common.sink.mariadb;

import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.StoreException;
import java.sql.Connection;
import java.sql.SQLException;

/** The rows of table {@code decision}: epochs whose transactions are being committed, or were. */
final class Decisions {

  private final Connection connection;
  private final SessionContext context;
  private final SinkRow sinkRow;

  Decisions(Connection connection, SessionContext context) {
    this.connection = connection;
    this.context = context;
    this.sinkRow = new SinkRow(connection, context.names(), context.sinkId());
  }

  /** Writes the decision down, unless that was done, and moves the sink on. */
  void decide(Epoch epoch) throws SQLException, StoreException {
    var known = sinkRow.lock();
    var isOwner = known != null && known.ownerRun().equals(context.runId());
    if (isOwner && isFinished(epoch) != null) {
      return;
    }
    sinkRow.follow(known, epoch, context.runId());
    var sql =
        "INSERT INTO %s (transaction_id, sink_id, lineage, checkpoint_id) VALUES (?, ?, ?, ?)"
            .formatted(context.names().decision());
    try (var statement = connection.prepareStatement(sql)) {
      statement.setString(1, epoch.transactionId());
      statement.setString(2, epoch.sinkId().value());
      statement.setString(3, epoch.lineage());
      statement.setLong(4, epoch.checkpointId());
      statement.executeUpdate();
    }
  }

  /**
   * Locks the sink's row and the decision.
   *
   * @return whether the epoch is not finished yet
   */
  boolean beginFinish(Epoch epoch) throws SQLException, StoreException {
    var known = sinkRow.lock();
    var isOwner = known != null && known.ownerRun().equals(context.runId());
    var isFinished = isFinished(epoch);
    if (Boolean.TRUE.equals(isFinished)) {
      return false;
    }
    if (isFinished == null || !isOwner) {
      throw new StoreException(
          ErrorClass.FENCED,
          "Sink '%s': the epoch of checkpoint %d was not decided here, or another run owns the sink by now; run %s may not finish it."
              .formatted(epoch.sinkId(), epoch.checkpointId(), context.runId()),
          null);
    }
    return true;
  }

  /** Null when it is not decided either. */
  private Boolean isFinished(Epoch epoch) throws SQLException {
    var sql =
        "SELECT finished_at IS NOT NULL FROM %s WHERE transaction_id = ? FOR UPDATE"
            .formatted(context.names().decision());
    try (var statement = connection.prepareStatement(sql)) {
      statement.setString(1, epoch.transactionId());
      try (var row = statement.executeQuery()) {
        return row.next() ? row.getBoolean(1) : null;
      }
    }
  }

  /** Completes decision and markers of an epoch that is committed. */
  void finish(Epoch epoch) throws SQLException {
    var markers =
        """
        UPDATE %s SET lineage = ?, checkpoint_id = ?, decision_id = ?, committed_at = utc_timestamp(6)
        WHERE transaction_id = ?
        """
            .formatted(context.names().marker());
    try (var statement = connection.prepareStatement(markers)) {
      statement.setString(1, epoch.lineage());
      statement.setLong(2, epoch.checkpointId());
      statement.setString(3, epoch.transactionId());
      for (var transaction : epoch.transactions()) {
        statement.setString(4, transaction.id());
        statement.executeUpdate();
      }
      statement.setString(4, epoch.transactionId());
      statement.executeUpdate();
    }
    var decision =
        "UPDATE %s SET finished_at = utc_timestamp(6) WHERE transaction_id = ?"
            .formatted(context.names().decision());
    try (var statement = connection.prepareStatement(decision)) {
      statement.setString(1, epoch.transactionId());
      statement.executeUpdate();
    }
    new Markers(connection, context.names()).prune(epoch, sinkRow);
  }
}
