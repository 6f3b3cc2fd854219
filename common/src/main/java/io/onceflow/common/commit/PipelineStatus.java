package io.onceflow.common.commit;

import java.util.Map;

/**
 * What a {@link DecisionRegister} holds about a pipeline.
 *
 * @param pipeline the name that all sinks of one job share
 * @param closed whether a resolver closed it; a job then starts from the cut and from nowhere else
 * @param fence counts the generations of runs
 * @param lastDecidedCheckpointId the newest checkpoint that COMMIT was recorded for, 0 for none
 * @param cutCheckpointId where the last resolver closed it, 0 when none did
 * @param restorePath where the newest decided checkpoint, or the cut, is found; or an empty string
 * @param ownerRuns the run of each sink that takes part in the current generation
 */
public record PipelineStatus(
    String pipeline,
    boolean closed,
    long fence,
    long lastDecidedCheckpointId,
    long cutCheckpointId,
    String restorePath,
    Map<String, String> ownerRuns) {

  /** Copies the map. */
  public PipelineStatus {
    ownerRuns = Map.copyOf(ownerRuns);
  }
}
