package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.inspect.Marker;
import io.onceflow.common.commit.inspect.RunInfo;
import io.onceflow.common.commit.inspect.SinkInfo;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads sinks, runs and markers for people. */
final class InspectionTables {

  private InspectionTables() {}

  static List<SinkInfo> sinks(Connection connection) throws SQLException {
    var sql =
        """
        SELECT s.*, r.claimed_at, m.markers, m.last_committed_at
        FROM onceflow.sink s
        LEFT JOIN onceflow.run r ON r.sink_id = s.sink_id AND r.run_id = s.owner_run
        LEFT JOIN LATERAL (SELECT count(*) AS markers, max(committed_at) AS last_committed_at
          FROM onceflow.marker m WHERE m.sink_id = s.sink_id AND m.lineage = s.lineage) m ON true
        ORDER BY s.sink_id
        """;
    return new Query(sql).list(connection, InspectionTables::sink);
  }

  private static SinkInfo sink(ResultSet row) throws SQLException {
    return new SinkInfo(
        row.getString("sink_id"),
        row.getString("lineage"),
        row.getString("owner_run"),
        Query.instant(row, "claimed_at"),
        row.getLong("last_checkpoint_id"),
        row.getString("last_restore_path"),
        row.getString("parent_lineage"),
        row.getLong("parent_checkpoint_id"),
        row.getLong("low_water_checkpoint_id"),
        row.getLong("markers"),
        Query.instant(row, "last_committed_at"));
  }

  static List<RunInfo> runs(Connection connection, SinkId sinkId) throws SQLException {
    var sql =
        """
        SELECT r.*, r.run_id = s.owner_run AS owner
        FROM onceflow.run r JOIN onceflow.sink s USING (sink_id) WHERE r.sink_id = ? ORDER BY r.claimed_at DESC
        """;
    return new Query(sql, sinkId.value())
        .list(
            connection,
            row ->
                new RunInfo(
                    row.getString("sink_id"),
                    row.getString("run_id"),
                    row.getString("lineage"),
                    Query.number(row, "restored_checkpoint_id"),
                    Query.instant(row, "claimed_at"),
                    row.getBoolean("owner")));
  }

  static List<Marker> markers(Connection connection, SinkId sinkId, int limit) throws SQLException {
    var sql =
        """
        SELECT m.*, (SELECT coalesce(array_agg(key ORDER BY key), '{}') FROM jsonb_each_text(rows_by_target)) AS targets,
          (SELECT coalesce(array_agg(value::bigint ORDER BY key), '{}') FROM jsonb_each_text(rows_by_target)) AS target_rows
        FROM onceflow.marker m WHERE sink_id = ? ORDER BY epoch DESC LIMIT ?
        """;
    return new Query(sql, sinkId.value(), limit).list(connection, InspectionTables::marker);
  }

  private static Marker marker(ResultSet row) throws SQLException {
    return new Marker(
        row.getString("sink_id"),
        row.getLong("epoch"),
        row.getString("lineage"),
        Query.number(row, "checkpoint_id"),
        row.getInt("subtask"),
        row.getString("transaction_id"),
        row.getLong("row_count"),
        row.getLong("byte_count"),
        row.getLong("checksum"),
        row.getLong("rejected"),
        rowsByTarget(row),
        Query.instant(row, "watermark"),
        Query.instant(row, "prepared_at"),
        Query.instant(row, "committed_at"));
  }

  private static Map<String, Long> rowsByTarget(ResultSet row) throws SQLException {
    var targets = (String[]) row.getArray("targets").getArray();
    var rows = (Long[]) row.getArray("target_rows").getArray();
    var byTarget = new HashMap<String, Long>();
    for (var i = 0; i < targets.length; i++) {
      byTarget.put(targets[i], rows[i]);
    }
    return byTarget;
  }

  static List<String> committed(Connection connection, Collection<String> transactionIds)
      throws SQLException {
    return new Query(
            """
            SELECT transaction_id FROM onceflow.marker WHERE transaction_id = ANY (?)
            UNION SELECT transaction_id FROM onceflow.decision WHERE transaction_id = ANY (?) AND finished_at IS NOT NULL
            """,
            transactionIds.toArray(String[]::new),
            transactionIds.toArray(String[]::new))
        .list(connection, row -> row.getString(1));
  }
}
