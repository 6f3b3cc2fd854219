package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.SegmentPart;
import io.onceflow.common.commit.SinkId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.TreeMap;

/**
 * Rows of {@code onceflow.mapping}: how a sink writes its tables. Noted when the sink is claimed,
 * so that committed rows can be compared with the markers later, without the job.
 */
final class MappingTable {

  private MappingTable() {}

  /** Notes what is not noted yet. */
  static void note(Connection connection, SinkId sinkId, List<PostgresTable<?>> tables)
      throws SQLException {
    for (var table : tables) {
      new Query(
              "INSERT INTO onceflow.mapping (sink_id, target, appends, columns) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
              sinkId.value(),
              table.name().toString(),
              !table.isUpsert(),
              table.columns().stream().map(PostgresTable.Column::name).toArray(String[]::new))
          .update(connection);
    }
  }

  /** The sums over the rows of an epoch's parts, for the tables that are appended to, as JSON. */
  static String sums(Epoch epoch, List<PostgresTable<?>> tables) {
    var sums = new TreeMap<String, Long>();
    for (var part : epoch.parts()) {
      if (part.rowSum() == SegmentPart.NO_SUM) {
        return null;
      }
      add(sums, part.target(), part.rowSum(), tables);
    }
    return SinkTables.json(sums);
  }

  /** The sums by the index of the target, for the tables that are appended to, as JSON. */
  static String sums(List<Long> sumsByTarget, List<PostgresTable<?>> tables) {
    var sums = new TreeMap<String, Long>();
    for (var target = 0; target < sumsByTarget.size(); target++) {
      add(sums, target, sumsByTarget.get(target), tables);
    }
    return sumsByTarget.isEmpty() ? null : SinkTables.json(sums);
  }

  private static void add(
      TreeMap<String, Long> sums, int target, long sum, List<PostgresTable<?>> tables) {
    if (target < tables.size() && !tables.get(target).isUpsert()) {
      sums.merge(tables.get(target).name().toString(), sum, (a, b) -> a + b & Long.MAX_VALUE);
    }
  }
}
