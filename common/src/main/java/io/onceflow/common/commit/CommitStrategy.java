package io.onceflow.common.commit;

/** How the rows of an epoch wait for their checkpoint. */
public enum CommitStrategy {
  /** In segments beside the checkpoint; one local transaction applies them. Nothing is in doubt. */
  STAGED,
  /** In prepared transactions of the store, one per subtask. */
  PREPARED
}
