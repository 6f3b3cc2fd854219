package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.OpenResult;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StagedSession;
import io.onceflow.common.commit.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** One committer's connection: claims the sink, applies epochs, each in one transaction. */
final class PostgresSession implements StagedSession {

  /**
   * Whoever waits for the locks of an epoch that is stuck tries again instead of waiting without
   * end.
   */
  private static final String SETTINGS =
      "SET idle_in_transaction_session_timeout = '60s'; SET lock_timeout = '30s';";

  private final String runId;
  private final List<PostgresTable<?>> tables;
  private final OnReject onReject;
  private final SinkTables sinkTables;
  private final DatabaseLink link;

  PostgresSession(
      PostgresConnector connector,
      SinkId sinkId,
      String runId,
      List<PostgresTable<?>> tables,
      OnReject onReject) {
    this.link = DatabaseLink.ofSink(connector, sinkId, SETTINGS);
    this.runId = runId;
    this.tables = tables;
    this.onReject = onReject;
    this.sinkTables = new SinkTables(sinkId);
  }

  @Override
  public void preflight() throws StoreException {
    link.inTransaction(
        "Checking the database",
        current -> {
          PostgresPreflight.staged(current, tables).check();
          return null;
        });
  }

  @Override
  public OpenResult open(OpenRequest request) throws StoreException {
    return link.inTransaction(
        "Claiming the sink",
        current -> {
          var opened = sinkTables.claim(current, request);
          MappingTable.note(current, request.sinkId(), tables);
          return opened;
        });
  }

  @Override
  public ApplyResult apply(Epoch epoch, SegmentReader segments) throws StoreException {
    return link.inTransaction(
        "Committing the epoch of checkpoint " + epoch.checkpointId(),
        current -> applyIn(current, epoch, segments));
  }

  private ApplyResult applyIn(Connection current, Epoch epoch, SegmentReader segments)
      throws SQLException, StoreException {
    var number = sinkTables.insertMarker(current, epoch, tables);
    if (number.isEmpty()) {
      return new ApplyResult(true, 0);
    }
    sinkTables.beginEpoch(current, number.getAsLong());
    var rejected = new EpochTransaction(current, tables, onReject, segments).writeAndCheck(epoch);
    sinkTables.finishEpoch(current, epoch, runId, rejected);
    CrashPoints.reach(CrashPoints.APPLY_BEFORE_COMMIT);
    return new ApplyResult(false, rejected);
  }

  @Override
  public void abort() {
    link.abort();
  }

  @Override
  public void close() {
    link.close();
  }

  static StoreException fenced(String message) {
    return new StoreException(ErrorClass.FENCED, message, null);
  }
}
