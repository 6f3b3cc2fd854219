package io.onceflow.common.commit;

/**
 * A transaction that a gatherer has reported as prepared, before its checkpoint's barrier passed,
 * or the epoch as such. An epoch has a decision of its own, because also its upserts, which wait in
 * the checkpoint, follow it; but nothing is prepared under its id, so there is nothing to commit or
 * to roll back.
 *
 * @param transactionId the prepared transaction, or the epoch's own id
 * @param sinkId whose it is
 * @param lineage the history of its epoch
 * @param checkpointId the checkpoint of its epoch
 * @param previousCheckpointId the epoch before it in this history
 * @param epochId the epoch's own id
 * @param gatherer the incarnation that reported it
 * @param fence the generation it was reported in
 * @param rows rows handed to the store
 * @param restorePath where a checkpoint that includes the epoch is found, or an empty string
 * @param decision what was decided, or null while it is undecided
 */
public record RegisteredVote(
    String transactionId,
    SinkId sinkId,
    String lineage,
    long checkpointId,
    long previousCheckpointId,
    String epochId,
    String gatherer,
    long fence,
    long rows,
    String restorePath,
    Decision decision) {

  /** Whether this is the epoch as such, which the store knows nothing of. */
  public boolean isEpoch() {
    return transactionId.equals(epochId);
  }
}
