package io.onceflow.common.commit;

/**
 * A run's request for a pipeline of a {@link DecisionRegister}.
 *
 * @param pipeline the name that all sinks of one job share
 * @param sinkId the sink that asks
 * @param runId the run: one per sink and submission, the same for all restarts of it
 * @param gatherer the incarnation of the gatherer that asks, or null when a committer does; only
 *     the newest one may vote and give transactions up
 * @param restoredCheckpointId the checkpoint the job was restored from, 0 for a fresh start
 * @param onRewind what to do when the start is older than what was decided
 */
public record RegisterClaim(
    String pipeline,
    SinkId sinkId,
    String runId,
    String gatherer,
    long restoredCheckpointId,
    OnRewind onRewind) {}
