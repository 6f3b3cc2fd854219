package io.onceflow.common.commit;

import java.util.Set;

/**
 * A sink that was claimed.
 *
 * @param lineage the history that the run's epochs belong to
 * @param lastCheckpointId checkpoint of the newest epoch of that history, 0 for none
 * @param fencedRuns the runs that claimed the sink before: none of them can ever commit again
 */
public record OpenResult(String lineage, long lastCheckpointId, Set<String> fencedRuns) {

  /** Copies the set. */
  public OpenResult {
    fencedRuns = Set.copyOf(fencedRuns);
  }
}
