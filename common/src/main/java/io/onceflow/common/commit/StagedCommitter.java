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
 * Phase 2 of STAGED: has the store apply each epoch, oldest first, and deletes its files then. Runs
 * in a task of its own, beside the writers.
 *
 * <p>Restored epochs are committed while the gatherer of this attempt may not have started, so for
 * them it claims the sink itself; for new ones the gatherer has done so.
 *
 * <p>It uses none of the request's signals: a request that returns without an error counts as
 * committed, everything else throws, and the restored job commits the epoch again.
 */
final class StagedCommitter implements Committer<Epoch> {

  private static final Logger LOG = LoggerFactory.getLogger(StagedCommitter.class);

  private final StoreCalls calls;
  private final SinkSettings settings;
  private final OptionalLong restoredCheckpointId;
  private final CommitMetrics metrics;
  private final SegmentReader segments = new SegmentReader();
  private boolean opened;

  StagedCommitter(
      StagedStore<?> store,
      SinkSettings settings,
      OptionalLong restoredCheckpointId,
      CommitMetrics metrics) {
    this.settings = settings;
    this.restoredCheckpointId = restoredCheckpointId;
    this.metrics = metrics;
    this.calls =
        new StoreCalls(
            store.createSession(settings.sinkId(), settings.runId(), settings.onReject()),
            "Sink '%s', %s".formatted(settings.sinkId(), store.description()),
            settings.retryPolicy(),
            metrics::retried);
  }

  @Override
  public void commit(Collection<CommitRequest<Epoch>> requests)
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
      var request = settings.openRequest(epoch.lineage(), restoredCheckpointId);
      calls.call(session -> session.open(request));
      opened = true;
    }
    var startedNs = System.nanoTime();
    CrashPoints.reach(CrashPoints.COMMIT_BEFORE_APPLY);
    var result = calls.call(session -> session.apply(epoch, segments));
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

  private void refuseOtherSinks(Epoch epoch) {
    if (!epoch.sinkId().equals(settings.sinkId())) {
      throw new SuppressRestartsException(
          new IOException(
              "Sink '%s' was restored with an epoch of sink '%s'. A new sink id needs a new uid of the sink too, and --allowNonRestoredState."
                  .formatted(settings.sinkId(), epoch.sinkId())));
    }
  }

  /** A file that stays costs space, not correctness: it must not fail a commit that is done. */
  private static void deleteSegments(Epoch epoch) {
    try {
      SegmentStorage.delete(epoch);
    } catch (IOException | RuntimeException e) {
      LOG.warn(
          "Sink '{}': segments of checkpoint {} could not be deleted: {}",
          epoch.sinkId(),
          epoch.checkpointId(),
          e.toString());
    }
  }

  @Override
  public void close() {
    calls.close();
  }
}
