package io.onceflow.common.commit.inspect;

/**
 * What may go.
 *
 * @param sinkId the sink
 * @param runs fenced runs besides the newest ones that are kept
 * @param markers markers below the new low-water mark
 * @param lowWaterCheckpointId the mark: no committable up to it is accepted afterwards
 */
public record Housekeeping(String sinkId, long runs, long markers, long lowWaterCheckpointId) {}
