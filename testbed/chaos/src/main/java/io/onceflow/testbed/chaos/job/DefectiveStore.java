package io.onceflow.testbed.chaos.job;

import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.PreparedSession;
import io.onceflow.common.commit.PreparedStore;
import io.onceflow.common.commit.RowEncoder;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StagedSession;
import io.onceflow.common.commit.StagedStore;
import io.onceflow.common.commit.Store;
import io.onceflow.common.commit.TransactionWriter;
import io.onceflow.common.sink.postgres.PostgresStore;
import java.util.List;

/** The PostgreSQL store with a {@link Bug} in its sessions. Only for the test of the oracles. */
final class DefectiveStore implements StagedStore<ChaosRow>, PreparedStore<ChaosRow> {

  private static final long serialVersionUID = 1L;

  private final PostgresStore<ChaosRow> store;
  private final SideConnection side;
  private final Bug bug;

  private DefectiveStore(PostgresStore<ChaosRow> store, SideConnection side, Bug bug) {
    this.store = store;
    this.side = side;
    this.bug = bug;
  }

  /** The store itself unless the settings name a bug. */
  static Store<ChaosRow> of(PostgresStore<ChaosRow> store, ChaosSettings settings) {
    return settings.bug() == Bug.NONE
        ? store
        : new DefectiveStore(store, new SideConnection(settings.postgres()), settings.bug());
  }

  @Override
  public String description() {
    return store.description();
  }

  @Override
  public List<String> targets() {
    return store.targets();
  }

  @Override
  public RowEncoder<ChaosRow> createEncoder() {
    return store.createEncoder();
  }

  @Override
  public StagedSession createSession(SinkId sinkId, String runId, OnReject onReject) {
    return new DefectiveStagedSession(store.createSession(sinkId, runId, onReject), side, bug);
  }

  @Override
  public PreparedSession createPreparedSession(SinkId sinkId, String runId, OnReject onReject) {
    var session = store.createPreparedSession(sinkId, runId, onReject);
    return bug == Bug.IGNORE_UNKNOWN ? new CredulousSession(session) : session;
  }

  @Override
  public TransactionWriter createTransactionWriter(SinkId sinkId, OnReject onReject) {
    var writer = store.createTransactionWriter(sinkId, onReject);
    return bug == Bug.COMMIT_AT_SNAPSHOT ? new HastyWriter(writer, side) : writer;
  }
}
