package io.onceflow.common.commit;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.OptionalLong;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Phase 2: settles each epoch, oldest first, and deletes its files then. Runs in a task of its own,
 * beside the writers.
 *
 * <p>Restored epochs are committed while the gatherer of this attempt may not have started, so for
 * them it claims the sink itself; for new ones the gatherer has done so.
 *
 * <p>It uses none of the request's signals: a request that returns without an error counts as
 * committed, everything else throws, and the restored job commits the epoch again.
 *
 * @param <S> the sessions it works with
 */
abstract class EpochCommitter<S extends StoreSession> implements Committer<Epoch> {

  private static final Logger LOG = LoggerFactory.getLogger(EpochCommitter.class);

  private final StoreCalls<S> calls;
  private final SinkSettings settings;
  private final OptionalLong restoredCheckpointId;
  private final CommitMetrics metrics;
  private boolean opened;

  EpochCommitter(
      StoreCalls<S> calls,
      SinkSettings settings,
      OptionalLong restoredCheckpointId,
      CommitMetrics metrics) {
    this.calls = calls;
    this.settings = settings;
    this.restoredCheckpointId = restoredCheckpointId;
    this.metrics = metrics;
  }

  /** Claims what the strategy needs besides the store's sink, before a restored epoch. */
  void openMore(OpenRequest request) throws IOException, InterruptedException {}

  /** Has the store take the epoch; returns when it is committed for good. */
  abstract StagedSession.ApplyResult settle(Epoch epoch) throws IOException, InterruptedException;

  final StoreCalls<S> calls() {
    return calls;
  }

  final SinkSettings settings() {
    return settings;
  }

  @Override
  public final void commit(Collection<CommitRequest<Epoch>> requests)
      throws IOException, InterruptedException {
    var oldestFirst = new ArrayList<>(requests);
    oldestFirst.sort(Comparator.comparingLong(request -> request.getCommittable().checkpointId()));
    for (var request : oldestFirst) {
      commit(request.getCommittable());
    }
  }

  private void commit(Epoch epoch) throws IOException, InterruptedException {
    refuseOtherSinks(epoch);
    if (!opened && epoch.checkpointId() <= restoredCheckpointId.orElse(0)) {
      CrashPoints.reach(CrashPoints.RESTORE_BEFORE_COMMIT);
      enter();
      var request = settings.openRequest(epoch.lineage(), restoredCheckpointId);
      calls.call(session -> session.open(request));
      openMore(request);
      opened = true;
    }
    var startedNs = System.nanoTime();
    var result = settle(epoch);
    CrashPoints.reach(CrashPoints.COMMIT_AFTER_APPLY);
    metrics.committed(epoch, result, System.nanoTime() - startedNs);
    LOG.debug(
        "Sink '{}': epoch of checkpoint {} {}, {} rows, {} rejected.",
        epoch.sinkId(),
        epoch.checkpointId(),
        result.alreadyCommitted() ? "was committed before" : "committed",
        epoch.rows(),
        result.rejectedRows());
    deleteSegments(epoch);
  }

  /** The gatherer of this attempt, which stays inside, may not have asked yet. */
  private void enter() throws IOException, InterruptedException {
    try (var entrance = settings.entrance()) {
      entrance.beforeClaim();
    }
  }

  /** A file that stays costs space, not correctness: it must not fail a commit that is done. */
  private static void deleteSegments(Epoch epoch) {
    try {
      SegmentStorage.delete(epoch.parts());
    } catch (IOException | RuntimeException e) {
      LOG.warn(
          "Sink '{}': segments of checkpoint {} could not be deleted: {}",
          epoch.sinkId(),
          epoch.checkpointId(),
          e.toString());
    }
  }

  private void refuseOtherSinks(Epoch epoch) {
    if (!epoch.sinkId().equals(settings.sinkId())) {
      throw new SuppressRestartsException(
          new IOException(
              "Sink '%s' was restored with an epoch of sink '%s'. A new sink id needs a new uid of the sink too, and --allowNonRestoredState."
                  .formatted(settings.sinkId(), epoch.sinkId())));
    }
  }

  @Override
  public void close() {
    calls.close();
  }
}
