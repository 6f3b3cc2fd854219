package io.onceflow.common.commit;

import java.io.Serializable;
import java.util.OptionalLong;

/**
 * A sink's settings, as they travel in the job graph. No secrets.
 *
 * @param sinkId the sink
 * @param runId this submission
 * @param scope transactions per epoch
 * @param onReject what happens to rows the store can never accept
 * @param onRewind what happens when the store is ahead of the job
 * @param retryPolicy how long a commit is repeated inside the committer
 * @param checkpointDirectory where checkpoints go, to name the right one in messages, or empty
 * @param segmentDirectory where segments go
 * @param inlineLimitBytes largest part that travels in the committable instead of a file
 */
record SinkSettings(
    SinkId sinkId,
    String runId,
    CommitScope scope,
    OnReject onReject,
    OnRewind onRewind,
    RetryPolicy retryPolicy,
    String checkpointDirectory,
    String segmentDirectory,
    int inlineLimitBytes)
    implements Serializable {

  OpenRequest openRequest(String lineage, OptionalLong restoredCheckpointId) {
    return new OpenRequest(sinkId, runId, lineage, restoredCheckpointId, onRewind);
  }

  SegmentStorage segmentStorage() {
    return new SegmentStorage(segmentDirectory, sinkId, runId);
  }

  String restorePath(String jobId, long checkpointId) {
    return checkpointDirectory.isEmpty()
        ? ""
        : "%s/%s/chk-%d".formatted(checkpointDirectory, jobId, checkpointId);
  }
}
