package io.onceflow.common.commit;

/** What a store's error means for the commit. */
public enum ErrorClass {
  /** It may succeed when tried again: nothing was committed. */
  TRANSIENT,
  /** The request was sent and the answer did not come: the marker tells, so try again. */
  AMBIGUOUS,
  /** One row is at fault; its neighbours are not. */
  ROW,
  /** Somebody has to change something: a missing table, a privilege, a full disk. */
  SYSTEM,
  /** A newer run owns the sink, or the start would rewrite history: this run must never go on. */
  FENCED
}
