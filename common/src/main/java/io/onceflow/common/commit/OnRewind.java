package io.onceflow.common.commit;

/** What happens when a job starts from a point that is older than what the store already holds. */
public enum OnRewind {
  /** The job refuses to start and names the checkpoint that continues the history. */
  FAIL,
  /** The job leaves the old lineage and starts a new one; what is replayed is written again. */
  ACCEPT_DUPLICATES
}
