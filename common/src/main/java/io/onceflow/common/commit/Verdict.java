package io.onceflow.common.commit;

/** What became of a transaction, as its marker and the store's list of prepared ones prove. */
public enum Verdict {
  /** Its marker is visible. */
  COMMITTED,
  /** It is prepared and undecided. */
  PENDING,
  /** It is neither: its rows are not in the store and will not be. */
  LOST
}
