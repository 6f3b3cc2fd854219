package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.CommitScope;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.LineageRules;
import io.onceflow.common.commit.LineageRules.SinkRecord;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.OpenResult;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;

/** Reads and writes the rows that a sink has in the tables of schema {@code onceflow}. */
final class SinkTables {

  private static final int MARKERS_KEPT = 100_000;
  private static final int PRUNE_EVERY = 1_000;
  private static final String UNIQUE_VIOLATION = "23505";

  private final SinkId sinkId;

  SinkTables(SinkId sinkId) {
    this.sinkId = sinkId;
  }

  /** Asks {@link LineageRules} while the sink's row is locked, and writes down what it says. */
  OpenResult claim(Connection connection, OpenRequest request) throws SQLException, StoreException {
    lockSink(connection);
    var known = readSink(connection);
    var decision = LineageRules.decide(known, runSeenBefore(connection, request), request);
    if (decision instanceof LineageRules.Refuse refuse) {
      throw PostgresSession.fenced(refuse.message());
    }
    var last =
        decision instanceof LineageRules.Begin begin
            ? begin.lastCheckpointId()
            : known.lastCheckpointId();
    var lineage =
        decision instanceof LineageRules.Begin
            ? begin(connection, known, request, last)
            : takeOver(connection, known, request);
    recordRun(connection, request, lineage);
    return new OpenResult(lineage, last, otherRuns(connection, request));
  }

  /** Also serializes two runs that both find no row yet. */
  private void lockSink(Connection connection) throws SQLException {
    try (var statement =
        connection.prepareStatement("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))")) {
      statement.setString(1, "onceflow.sink." + sinkId);
      statement.execute();
    }
  }

  private SinkRecord readSink(Connection connection) throws SQLException {
    var sql =
        """
        SELECT lineage, owner_run, last_checkpoint_id, parent_lineage, parent_checkpoint_id, last_restore_path
        FROM onceflow.sink WHERE sink_id = ? FOR UPDATE
        """;
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

  private boolean runSeenBefore(Connection connection, OpenRequest request) throws SQLException {
    try (var statement =
        connection.prepareStatement(
            "SELECT 1 FROM onceflow.run WHERE sink_id = ? AND run_id = ?")) {
      statement.setString(1, sinkId.value());
      statement.setString(2, request.runId());
      try (var row = statement.executeQuery()) {
        return row.next();
      }
    }
  }

  private Set<String> otherRuns(Connection connection, OpenRequest request) throws SQLException {
    try (var statement =
        connection.prepareStatement(
            "SELECT run_id FROM onceflow.run WHERE sink_id = ? AND run_id <> ?")) {
      statement.setString(1, sinkId.value());
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

  private String begin(
      Connection connection, SinkRecord known, OpenRequest request, long lastCheckpointId)
      throws SQLException {
    var sql =
        """
        INSERT INTO onceflow.sink
          (sink_id, lineage, owner_run, last_checkpoint_id, parent_lineage, parent_checkpoint_id)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (sink_id) DO UPDATE SET lineage = EXCLUDED.lineage, owner_run = EXCLUDED.owner_run,
          last_checkpoint_id = EXCLUDED.last_checkpoint_id, parent_lineage = EXCLUDED.parent_lineage,
          parent_checkpoint_id = EXCLUDED.parent_checkpoint_id, last_restore_path = NULL,
          low_water_checkpoint_id = 0
        """;
    var lineage = UUID.randomUUID().toString();
    var parent = request.lineage();
    if (parent == null && known != null && known.hasHistory()) {
      parent = known.lineage();
    }
    try (var statement = connection.prepareStatement(sql)) {
      statement.setString(1, sinkId.value());
      statement.setString(2, lineage);
      statement.setString(3, request.runId());
      statement.setLong(4, lastCheckpointId);
      statement.setString(5, parent);
      statement.setLong(6, lastCheckpointId);
      statement.executeUpdate();
    }
    return lineage;
  }

  private String takeOver(Connection connection, SinkRecord known, OpenRequest request)
      throws SQLException {
    try (var statement =
        connection.prepareStatement("UPDATE onceflow.sink SET owner_run = ? WHERE sink_id = ?")) {
      statement.setString(1, request.runId());
      statement.setString(2, sinkId.value());
      statement.executeUpdate();
    }
    return known.lineage();
  }

  private void recordRun(Connection connection, OpenRequest request, String lineage)
      throws SQLException {
    var sql =
        """
        INSERT INTO onceflow.run (sink_id, run_id, lineage, restored_checkpoint_id)
        VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING
        """;
    try (var statement = connection.prepareStatement(sql)) {
      statement.setString(1, sinkId.value());
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

  /**
   * Inserts the epoch's marker before its rows. A twin of the same epoch that another process is
   * committing makes this wait on the primary key until the twin is through. Another transaction
   * for the same checkpoint and subtask of this lineage cannot be: the unique index refuses it.
   *
   * @return the epoch's number, or empty when it is committed already
   */
  OptionalLong insertMarker(Connection connection, Epoch epoch, List<PostgresTable<?>> tables)
      throws SQLException, StoreException {
    var sql =
        """
        INSERT INTO onceflow.marker (transaction_id, sink_id, lineage, checkpoint_id, row_count,
          byte_count, checksum, rows_by_target, watermark, prepared_at, subtask, row_sums)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?, ?, ?, ?::jsonb)
        ON CONFLICT (transaction_id) DO NOTHING RETURNING epoch
        """;
    try (var statement = connection.prepareStatement(sql)) {
      statement.setString(1, epoch.transactionId());
      statement.setString(2, sinkId.value());
      statement.setString(3, epoch.lineage());
      statement.setLong(4, epoch.checkpointId());
      statement.setLong(5, epoch.rows());
      statement.setLong(6, epoch.bytes());
      statement.setLong(7, epoch.checksum());
      statement.setString(8, rowsByTarget(epoch, tables));
      statement.setTimestamp(9, timestamp(epoch.watermarkMs()));
      statement.setTimestamp(10, timestamp(epoch.preparedAtMs()));
      statement.setInt(11, epoch.subtask());
      statement.setString(12, MappingTable.sums(epoch, tables));
      try (var row = statement.executeQuery()) {
        return row.next() ? OptionalLong.of(row.getLong(1)) : OptionalLong.empty();
      }
    } catch (SQLException e) {
      if (UNIQUE_VIOLATION.equals(e.getSQLState())) {
        throw PostgresSession.fenced(
            "Sink '%s': another transaction has committed checkpoint %d of lineage %s. This job was restored from a fork of its history, and nothing of its epoch was committed."
                .formatted(sinkId, epoch.checkpointId(), epoch.lineage()));
      }
      throw e;
    }
  }

  private static String rowsByTarget(Epoch epoch, List<PostgresTable<?>> tables) {
    var rows = new TreeMap<String, Long>();
    for (var part : epoch.parts()) {
      rows.merge(targetName(part.target(), tables), part.rows(), Long::sum);
    }
    return json(rows);
  }

  static String targetName(int target, List<PostgresTable<?>> tables) {
    return target < tables.size() ? tables.get(target).name().toString() : DeadLetters.TABLE;
  }

  /** Names are restricted to letters, digits, dots and underscores: no escaping is needed. */
  static String json(Map<String, Long> rows) {
    return rows.entrySet().stream()
        .map(entry -> "\"%s\": %d".formatted(entry.getKey(), entry.getValue()))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  /** Watermarks at the ends of time mean "none yet" and "all of it". */
  static Timestamp timestamp(long ms) {
    var bound = 253_402_300_799_000L;
    return ms < -bound || ms > bound ? null : new Timestamp(ms);
  }

  void beginEpoch(Connection connection, long number) throws SQLException {
    var sql =
        "SELECT set_config('onceflow.epoch', ?, true), set_config('onceflow.sink_id', ?, true)";
    try (var statement = connection.prepareStatement(sql)) {
      statement.setString(1, Long.toString(number));
      statement.setString(2, sinkId.value());
      statement.execute();
    }
  }

  /**
   * Asks {@link LineageRules} once more, now that the rows are in. The sink's row is locked first
   * and the markers are read by a later statement, so that what another process has just committed
   * is seen.
   */
  void finishEpoch(Connection connection, Epoch epoch, String runId, long rejected)
      throws SQLException, StoreException {
    follow(connection, epoch, runId);
    finishMarker(connection, epoch, rejected);
    if (isPruningDue(epoch)) {
      prune(connection, epoch, "onceflow.marker");
    }
  }

  static boolean isPruningDue(Epoch epoch) {
    return epoch.checkpointId() % PRUNE_EVERY == 0;
  }

  /** Whether this run may commit; locks the sink's row. */
  boolean isOwnedBy(Connection connection, String runId) throws SQLException {
    var known = readSink(connection);
    return known != null && known.ownerRun().equals(runId);
  }

  /** Moves the sink on to this epoch if it is the next one; locks the sink's row. */
  void follow(Connection connection, Epoch epoch, String runId)
      throws SQLException, StoreException {
    var known = readSink(connection);
    var refusal =
        LineageRules.refuseCommit(known, runId, epoch, newestOfSubtask(connection, epoch));
    if (refusal != null) {
      throw PostgresSession.fenced(refusal);
    }
    if (epoch.checkpointId() >= known.lastCheckpointId()) {
      advance(connection, epoch);
    }
  }

  private void advance(Connection connection, Epoch epoch) throws SQLException {
    try (var statement =
        connection.prepareStatement(
            "UPDATE onceflow.sink SET last_checkpoint_id = ?, last_restore_path = ? WHERE sink_id = ?")) {
      statement.setLong(1, epoch.checkpointId());
      statement.setString(2, epoch.restorePath());
      statement.setString(3, sinkId.value());
      statement.executeUpdate();
    }
  }

  private long newestOfSubtask(Connection connection, Epoch epoch) throws SQLException {
    if (epoch.scope() == CommitScope.SINK) {
      return 0;
    }
    var sql =
        """
        SELECT coalesce(max(checkpoint_id), 0) FROM onceflow.marker
        WHERE sink_id = ? AND lineage = ? AND subtask = ? AND transaction_id <> ?
        """;
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

  void finishMarker(Connection connection, Epoch epoch, long rejected) throws SQLException {
    try (var statement =
        connection.prepareStatement(
            "UPDATE onceflow.marker SET rejected = ?, committed_at = clock_timestamp() WHERE transaction_id = ?")) {
      statement.setLong(1, rejected);
      statement.setString(2, epoch.transactionId());
      statement.executeUpdate();
    }
  }

  /** Deletes what is too old to be asked for again from a table that has sink and checkpoint. */
  void prune(Connection connection, Epoch epoch, String table) throws SQLException {
    var lowWater = epoch.checkpointId() - MARKERS_KEPT;
    if (lowWater <= 0) {
      return;
    }
    try (var statement =
        connection.prepareStatement(
            "DELETE FROM %s WHERE sink_id = ? AND lineage = ? AND checkpoint_id <= ?"
                .formatted(table))) {
      statement.setString(1, sinkId.value());
      statement.setString(2, epoch.lineage());
      statement.setLong(3, lowWater);
      statement.executeUpdate();
    }
    try (var statement =
        connection.prepareStatement(
            "UPDATE onceflow.sink SET low_water_checkpoint_id = greatest(low_water_checkpoint_id, ?) WHERE sink_id = ?")) {
      statement.setLong(1, lowWater);
      statement.setString(2, sinkId.value());
      statement.executeUpdate();
    }
  }
}
