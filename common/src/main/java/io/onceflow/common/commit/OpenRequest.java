package io.onceflow.common.commit;

import java.util.OptionalLong;

/**
 * A run's request for a sink.
 *
 * @param sinkId the sink
 * @param runId minted in {@code main()}: the same for all restarts of one submission, different for
 *     every submission
 * @param lineage the history found in the restored state, or null when there is none
 * @param restoredCheckpointId the checkpoint or savepoint the job was restored from
 * @param onRewind what to do when the store is ahead
 */
public record OpenRequest(
    SinkId sinkId,
    String runId,
    String lineage,
    OptionalLong restoredCheckpointId,
    OnRewind onRewind) {}
