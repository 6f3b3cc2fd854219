package io.onceflow.common.commit;

import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.groups.SinkCommitterMetricGroup;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;

/**
 * What a committer reports: {@code epochsCommitted}, {@code rowsCommitted}, {@code rowsRejected},
 * {@code commitRetries}, {@code commitLatencyMs} (time in the store) and {@code
 * lastCommittedCheckpointId}.
 */
final class CommitMetrics {

  private static final int HISTOGRAM_WINDOW = 500;
  private static final long NANOS_PER_MS = 1_000_000;

  private final Counter epochs;
  private final Counter rows;
  private final Counter rejected;
  private final Counter retries;
  private final Histogram latencyMs;
  private volatile long lastCheckpointId;

  CommitMetrics(SinkCommitterMetricGroup group) {
    epochs = group.counter("epochsCommitted");
    rows = group.counter("rowsCommitted");
    rejected = group.counter("rowsRejected");
    retries = group.counter("commitRetries");
    latencyMs =
        group.histogram("commitLatencyMs", new DescriptiveStatisticsHistogram(HISTOGRAM_WINDOW));
    group.gauge("lastCommittedCheckpointId", () -> lastCheckpointId);
  }

  void committed(Epoch epoch, StagedSession.ApplyResult result, long elapsedNs) {
    lastCheckpointId = epoch.checkpointId();
    latencyMs.update(elapsedNs / NANOS_PER_MS);
    if (!result.alreadyCommitted()) {
      epochs.inc();
      rows.inc(epoch.rows() - result.rejectedRows());
      rejected.inc(result.rejectedRows());
    }
  }

  void retried() {
    retries.inc();
  }
}
