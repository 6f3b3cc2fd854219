package io.onceflow.common.commit.inspect;

import java.time.Instant;

/**
 * One run that claimed a sink.
 *
 * @param sinkId the sink
 * @param runId the run
 * @param lineage the history it continued or began
 * @param restoredCheckpointId what it was restored from, or null
 * @param claimedAt when
 * @param owner whether it is the one that may commit; every other run is fenced for good
 */
public record RunInfo(
    String sinkId,
    String runId,
    String lineage,
    Long restoredCheckpointId,
    Instant claimedAt,
    boolean owner) {}
