package io.onceflow.common.sink.mariadb;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.inspect.Action;
import io.onceflow.common.commit.inspect.Actor;
import io.onceflow.common.commit.inspect.AuditRow;
import io.onceflow.common.commit.inspect.Housekeeping;
import io.onceflow.common.commit.inspect.RunInfo;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * Rows of a sink that nothing needs any more. The owner's row and the newest runs stay: a run that
 * was forgotten would be taken for a new one, so only runs that claimed long before may go. Markers
 * go only below the newest ones of the current history, and the low-water mark says so.
 */
record OldRows(
    Connection connection, OnceflowTables names, SinkId sinkId, int keepRuns, long keepMarkers) {

  private record Sink(String lineage, long lastCheckpointId, long lowWater) {}

  Housekeeping count() throws SQLException, StoreException {
    var sink = sink("");
    var markers =
        new Query("SELECT count(*) " + oldMarkers(), sinkId.value(), sink.lineage, mark(sink))
            .number(connection);
    return new Housekeeping(sinkId.value(), oldRuns().size(), markers, mark(sink));
  }

  Housekeeping remove(Actor actor) throws SQLException, StoreException {
    var sink = sink(" FOR UPDATE");
    var runs = oldRuns();
    for (var run : runs) {
      new Query(
              "DELETE FROM %s WHERE sink_id = ? AND run_id = ?".formatted(names.run()),
              sinkId.value(),
              run)
          .update(connection);
    }
    var markers =
        new Query("DELETE " + oldMarkers(), sinkId.value(), sink.lineage, mark(sink))
            .update(connection);
    new SinkRow(connection, names, sinkId).raiseLowWater(mark(sink));
    new AuditTable(connection, names)
        .insert(
            new AuditRow(
                null,
                sinkId.value(),
                "markers up to checkpoint " + mark(sink),
                Action.COLLECT,
                "%d runs and %d markers removed".formatted(runs.size(), markers),
                actor));
    return new Housekeeping(sinkId.value(), runs.size(), markers, mark(sink));
  }

  private List<String> oldRuns() throws SQLException {
    return new InspectionTables(connection, names)
        .runs(sinkId).stream()
            .skip(keepRuns)
            .filter(run -> !run.owner())
            .map(RunInfo::runId)
            .toList();
  }

  private String oldMarkers() {
    return "FROM %s WHERE sink_id = ? AND lineage = ? AND checkpoint_id <= ?"
        .formatted(names.marker());
  }

  private Sink sink(String lock) throws SQLException, StoreException {
    var sql =
        "SELECT lineage, last_checkpoint_id, low_water_checkpoint_id FROM %s WHERE sink_id = ?"
            .formatted(names.sink());
    var found =
        new Query(sql + lock, sinkId.value())
            .list(connection, row -> new Sink(row.getString(1), row.getLong(2), row.getLong(3)));
    if (found.isEmpty()) {
      throw new StoreException(
          ErrorClass.SYSTEM, "The store has never heard of sink '%s'.".formatted(sinkId), null);
    }
    return found.get(0);
  }

  /** Never lower than it was, and never so high that the newest epoch's marker would go. */
  private long mark(Sink sink) {
    return Math.max(sink.lowWater, Math.max(0, sink.lastCheckpointId - Math.max(1, keepMarkers)));
  }
}
