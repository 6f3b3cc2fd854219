package io.onceflow.common.sink.mariadb;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.OpenResult;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.StagedSession;
import io.onceflow.common.commit.StoreException;
import java.sql.Connection;
import java.sql.SQLException;

/** One committer's connection: claims the sink, applies epochs, each in one transaction. */
final class MariaDbSession implements StagedSession {

  private static final int IDLE_TRANSACTION_SECONDS = 60;

  private final SessionContext context;
  private final OnReject onReject;
  private final MariaDbLink link;

  MariaDbSession(SessionContext context, OnReject onReject) {
    this.context = context;
    this.onReject = onReject;
    this.link = context.link(IDLE_TRANSACTION_SECONDS);
  }

  @Override
  public void preflight() throws StoreException {
    context.preflight(link, onReject, MariaDbPreflight.Use.STAGED);
  }

  @Override
  public OpenResult open(OpenRequest request) throws StoreException {
    return context.open(link, request);
  }

  @Override
  public ApplyResult apply(Epoch epoch, SegmentReader segments) throws StoreException {
    return link.inTransaction(
        "Committing the epoch of checkpoint " + epoch.checkpointId(),
        connection -> applyIn(connection, epoch, segments));
  }

  private ApplyResult applyIn(Connection connection, Epoch epoch, SegmentReader segments)
      throws SQLException, StoreException {
    var markers = new Markers(connection, context.names());
    var number = markers.insert(epoch, context.targets());
    if (number.isEmpty()) {
      return new ApplyResult(true, 0);
    }
    Markers.setVariables(connection, number.getAsLong(), context.sinkId());
    var rows = new TransactionRows(connection, context.names(), context.tables(), onReject);
    rows.write(epoch, segments);
    var sinkRow = new SinkRow(connection, context.names(), context.sinkId());
    sinkRow.follow(sinkRow.lock(), epoch, context.runId());
    markers.finish(epoch, rows.rejected());
    markers.prune(epoch, sinkRow);
    CrashPoints.reach(CrashPoints.APPLY_BEFORE_COMMIT);
    return new ApplyResult(false, rows.rejected());
  }

  @Override
  public void abort() {
    link.abort();
  }

  @Override
  public void close() {
    link.close();
  }
}
