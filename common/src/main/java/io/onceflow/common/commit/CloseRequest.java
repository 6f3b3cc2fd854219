package io.onceflow.common.commit;

import java.util.Set;

/**
 * A resolver's request to settle a pipeline without its job.
 *
 * @param pipeline the pipeline
 * @param cutCheckpointId the checkpoint that the job has to be restored from afterwards; all that
 *     it contains is committed, everything else is rolled back
 * @param restorePath where that checkpoint is found
 * @param commit the undecided transactions and epochs that the checkpoint contains, of all sinks;
 *     ids that COMMIT was recorded for may be among them
 * @param abort undecided transactions that it does not contain; those that were reported for later
 *     checkpoints need not be named
 */
public record CloseRequest(
    String pipeline,
    long cutCheckpointId,
    String restorePath,
    Set<String> commit,
    Set<String> abort) {

  /**
   * @throws IllegalArgumentException when a transaction is in both sets
   */
  public CloseRequest {
    commit = Set.copyOf(commit);
    abort = Set.copyOf(abort);
    if (commit.stream().anyMatch(abort::contains)) {
      throw new IllegalArgumentException(
          "A transaction cannot be committed and rolled back: commit %s, abort %s."
              .formatted(commit, abort));
    }
  }
}
