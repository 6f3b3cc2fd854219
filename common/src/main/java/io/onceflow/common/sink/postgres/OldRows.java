package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.inspect.Action;
import io.onceflow.common.commit.inspect.Actor;
import io.onceflow.common.commit.inspect.AuditRow;
import io.onceflow.common.commit.inspect.Housekeeping;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * Rows of a sink that nothing needs any more. The owner's row and the newest runs stay: a run that
 * was forgotten would be taken for a new one, so only runs that claimed long before may go. Markers
 * go only below the newest ones of the current history, and the low-water mark says so.
 */
record OldRows(Connection connection, SinkId sinkId, int keepRuns, long keepMarkers) {

  private static final String OLD_RUNS =
      """
      FROM onceflow.run WHERE sink_id = ?
        AND run_id <> (SELECT owner_run FROM onceflow.sink s WHERE s.sink_id = run.sink_id)
        AND run_id NOT IN (SELECT run_id FROM onceflow.run n WHERE n.sink_id = run.sink_id
          ORDER BY claimed_at DESC LIMIT ?)
      """;

  private static final String OLD_MARKERS =
      "FROM onceflow.marker WHERE sink_id = ? AND lineage = ? AND checkpoint_id <= ?";

  Housekeeping count() throws SQLException, StoreException {
    var sink = sink("");
    return new Housekeeping(
        sinkId.value(),
        new Query("SELECT count(*) " + OLD_RUNS, sinkId.value(), keepRuns).number(connection),
        new Query("SELECT count(*) " + OLD_MARKERS, sinkId.value(), sink.lineage, mark(sink))
            .number(connection),
        mark(sink));
  }

  Housekeeping remove(Actor actor) throws SQLException, StoreException {
    var sink = sink(" FOR UPDATE");
    var runs = new Query("DELETE " + OLD_RUNS, sinkId.value(), keepRuns).update(connection);
    var markers =
        new Query("DELETE " + OLD_MARKERS, sinkId.value(), sink.lineage, mark(sink))
            .update(connection);
    new Query(
            "UPDATE onceflow.sink SET low_water_checkpoint_id = greatest(low_water_checkpoint_id, ?) WHERE sink_id = ?",
            mark(sink),
            sinkId.value())
        .update(connection);
    AuditTable.insert(
        connection,
        new AuditRow(
            null,
            sinkId.value(),
            "markers up to checkpoint " + mark(sink),
            Action.COLLECT,
            "%d runs and %d markers removed".formatted(runs, markers),
            actor));
    return new Housekeeping(sinkId.value(), runs, markers, mark(sink));
  }

  private record Sink(String lineage, long lastCheckpointId, long lowWater) {}

  private Sink sink(String lock) throws SQLException, StoreException {
    var found =
        new Query(
                "SELECT lineage, last_checkpoint_id, low_water_checkpoint_id FROM onceflow.sink WHERE sink_id = ?"
                    + lock,
                sinkId.value())
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
