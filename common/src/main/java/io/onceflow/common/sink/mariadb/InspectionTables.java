package io.onceflow.common.sink.mariadb;

import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.inspect.Marker;
import io.onceflow.common.commit.inspect.RunInfo;
import io.onceflow.common.commit.inspect.SinkInfo;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Reads sinks, runs and markers for people. */
record InspectionTables(Connection connection, OnceflowTables names) {

  /** One entry of {@link Markers#json}, whose keys need no escaping. */
  private static final Pattern ENTRY = Pattern.compile("\"([^\"]+)\": *(\\d+)");

  List<SinkInfo> sinks() throws SQLException {
    var sql =
        """
        SELECT s.*, r.claimed_at,
          (SELECT count(*) FROM %2$s m WHERE m.sink_id = s.sink_id AND m.lineage = s.lineage) AS markers,
          (SELECT max(committed_at) FROM %2$s m WHERE m.sink_id = s.sink_id AND m.lineage = s.lineage) AS last_committed_at
        FROM %1$s s LEFT JOIN %3$s r ON r.sink_id = s.sink_id AND r.run_id = s.owner_run
        ORDER BY s.sink_id
        """
            .formatted(names.sink(), names.marker(), names.run());
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

  List<RunInfo> runs(SinkId sinkId) throws SQLException {
    var sql =
        """
        SELECT r.*, r.run_id = s.owner_run AS owner FROM %s r JOIN %s s ON s.sink_id = r.sink_id
        WHERE r.sink_id = ? ORDER BY r.claimed_at DESC
        """
            .formatted(names.run(), names.sink());
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

  List<Marker> markers(SinkId sinkId, int limit) throws SQLException {
    var sql = "SELECT * FROM %s WHERE sink_id = ? ORDER BY epoch DESC LIMIT ?";
    return new Query(sql.formatted(names.marker()), sinkId.value(), limit)
        .list(connection, InspectionTables::marker);
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
        rowsByTarget(row.getString("rows_by_target")),
        Query.instant(row, "watermark"),
        Query.instant(row, "prepared_at"),
        Query.instant(row, "committed_at"));
  }

  static Map<String, Long> rowsByTarget(String json) {
    var rows = new HashMap<String, Long>();
    ENTRY
        .matcher(json)
        .results()
        .forEach(entry -> rows.put(entry.group(1), Long.parseLong(entry.group(2))));
    return rows;
  }

  List<String> committed(Collection<String> transactionIds) throws SQLException {
    if (transactionIds.isEmpty()) {
      return List.of();
    }
    var places = Query.places(transactionIds.size());
    var sql =
        """
        SELECT transaction_id FROM %s WHERE transaction_id IN %s
        UNION SELECT transaction_id FROM %s WHERE transaction_id IN %s AND finished_at IS NOT NULL
        """
            .formatted(names.marker(), places, names.decision(), places);
    var twice = new ArrayList<String>(transactionIds);
    twice.addAll(transactionIds);
    return new Query(sql, twice.toArray()).list(connection, row -> row.getString(1));
  }
}
