package io.onceflow.common.commit;

/** What happens to a row that the store can never accept. */
public enum OnReject {
  /** The job fails with the row's target and reason, and commits nothing of the epoch. */
  FAIL,
  /** The row goes to the store's dead letters, in the same transaction as its neighbours. */
  DEAD_LETTER
}
