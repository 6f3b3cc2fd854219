package io.onceflow.common.commit.inspect;

import java.time.Instant;

/**
 * One sink as the store knows it.
 *
 * @param sinkId its id
 * @param lineage the current history
 * @param ownerRun the only run that may commit
 * @param ownerSince when that run claimed the sink, or null when the store does not say
 * @param lastCheckpointId checkpoint of the newest committed epoch, 0 for none
 * @param restorePath where that checkpoint is found, or null
 * @param parentLineage the history that this one left, or null
 * @param parentCheckpointId where it left it, 0 for a fresh start
 * @param lowWaterCheckpointId markers up to this checkpoint were pruned, 0 for none
 * @param markers number of markers of the current history
 * @param lastCommittedAt when the newest of them was written, or null
 */
public record SinkInfo(
    String sinkId,
    String lineage,
    String ownerRun,
    Instant ownerSince,
    long lastCheckpointId,
    String restorePath,
    String parentLineage,
    long parentCheckpointId,
    long lowWaterCheckpointId,
    long markers,
    Instant lastCommittedAt) {}
