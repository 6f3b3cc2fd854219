package io.onceflow.common.sink.mariadb;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.LineageRules;
import io.onceflow.common.commit.LineageRules.SinkRecord;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.OpenResult;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Types;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/** Claims a sink for a run: the rows of the tables {@code sink} and {@code run}. */
final class SinkClaim {

  private static final int LOCK_PATIENCE_SECONDS = 30;

  private final Connection connection;
  private final SinkRow sinkRow;
  private final OpenRequest request;
  private final OnceflowTables names;

  SinkClaim(Connection connection, OnceflowTables names, OpenRequest request) {
    this.connection = connection;
    this.names = names;
    this.request = request;
    this.sinkRow = new SinkRow(connection, names, request.sinkId());
  }

  /** Asks {@link LineageRules} while the sink's row is locked, and writes down what it says. */
  OpenResult claim() throws SQLException, StoreException {
    var known = sinkRow.lock();
    var decision = LineageRules.decide(known, runSeenBefore(), request);
    if (decision instanceof LineageRules.Refuse refuse) {
      throw new StoreException(ErrorClass.FENCED, refuse.message(), null);
    }
    var last =
        decision instanceof LineageRules.Begin begin
            ? begin.lastCheckpointId()
            : known.lastCheckpointId();
    var lineage = decision instanceof LineageRules.Begin ? begin(known, last) : takeOver(known);
    recordRun(lineage);
    return new OpenResult(lineage, last, otherRuns());
  }

  /**
   * Serializes two runs that both find no row yet, which a lock on the row cannot. Held by the
   * connection, not by the transaction: given back after COMMIT, or with the connection.
   */
  static void lockName(Connection connection, SinkId sinkId) throws SQLException {
    try (var statement = connection.prepareStatement("SELECT GET_LOCK(?, ?)")) {
      statement.setString(1, lockName(sinkId));
      statement.setInt(2, LOCK_PATIENCE_SECONDS);
      try (var row = statement.executeQuery()) {
        row.next();
        if (row.getInt(1) != 1) {
          throw new SQLException(
              "Another run has been claiming sink '%s' for %d s."
                  .formatted(sinkId, LOCK_PATIENCE_SECONDS),
              "HY000",
              1205);
        }
      }
    }
  }

  static void unlockName(Connection connection, SinkId sinkId) throws SQLException {
    try (var statement = connection.prepareStatement("DO RELEASE_LOCK(?)")) {
      statement.setString(1, lockName(sinkId));
      statement.execute();
    }
  }

  private static String lockName(SinkId sinkId) {
    return "onceflow.sink." + sinkId;
  }

  private boolean runSeenBefore() throws SQLException {
    try (var statement =
        connection.prepareStatement(
            "SELECT 1 FROM %s WHERE sink_id = ? AND run_id = ?".formatted(names.run()))) {
      statement.setString(1, request.sinkId().value());
      statement.setString(2, request.runId());
      try (var row = statement.executeQuery()) {
        return row.next();
      }
    }
  }

  private Set<String> otherRuns() throws SQLException {
    try (var statement =
        connection.prepareStatement(
            "SELECT run_id FROM %s WHERE sink_id = ? AND run_id <> ?".formatted(names.run()))) {
      statement.setString(1, request.sinkId().value());
      statement.setString(2, request.runId());
      try (var row = statement.executeQuery()) {
        var runs = new HashSet<String>();
        while (row.next()) {
          runs.add(row.getString(1));
        }
        return runs;
      }
    }
  }

  private String begin(SinkRecord known, long lastCheckpointId) throws SQLException {
    var sql =
        """
        INSERT INTO %s (sink_id, lineage, owner_run, last_checkpoint_id, parent_lineage, parent_checkpoint_id)
        VALUES (?, ?, ?, ?, ?, ?)
        ON DUPLICATE KEY UPDATE lineage = VALUES(lineage), owner_run = VALUES(owner_run),
          last_checkpoint_id = VALUES(last_checkpoint_id), parent_lineage = VALUES(parent_lineage),
          parent_checkpoint_id = VALUES(parent_checkpoint_id), last_restore_path = NULL,
          low_water_checkpoint_id = 0
        """
            .formatted(names.sink());
    var lineage = UUID.randomUUID().toString();
    var parent = request.lineage();
    if (parent == null && known != null && known.hasHistory()) {
      parent = known.lineage();
    }
    try (var statement = connection.prepareStatement(sql)) {
      statement.setString(1, request.sinkId().value());
      statement.setString(2, lineage);
      statement.setString(3, request.runId());
      statement.setLong(4, lastCheckpointId);
      statement.setString(5, parent);
      statement.setLong(6, lastCheckpointId);
      statement.executeUpdate();
    }
    return lineage;
  }

  private String takeOver(SinkRecord known) throws SQLException {
    try (var statement =
        connection.prepareStatement(
            "UPDATE %s SET owner_run = ? WHERE sink_id = ?".formatted(names.sink()))) {
      statement.setString(1, request.runId());
      statement.setString(2, request.sinkId().value());
      statement.executeUpdate();
    }
    return known.lineage();
  }

  private void recordRun(String lineage) throws SQLException {
    // Not INSERT IGNORE: that would hide every other error as well.
    var sql =
        """
        INSERT INTO %s (sink_id, run_id, lineage, restored_checkpoint_id)
        VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE run_id = run_id
        """
            .formatted(names.run());
    try (var statement = connection.prepareStatement(sql)) {
      statement.setString(1, request.sinkId().value());
      statement.setString(2, request.runId());
      statement.setString(3, lineage);
      if (request.restoredCheckpointId().isPresent()) {
        statement.setLong(4, request.restoredCheckpointId().getAsLong());
      } else {
        statement.setNull(4, Types.BIGINT);
      }
      statement.executeUpdate();
    }
  }
}
