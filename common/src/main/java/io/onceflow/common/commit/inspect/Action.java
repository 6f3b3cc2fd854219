package io.onceflow.common.commit.inspect;

import java.util.Locale;

/** What an operator's tool can do to a store; each leaves an audit row. */
public enum Action {
  /** Took the sink from the run that owned it. */
  FENCE,
  /** Wrote down that an epoch is being committed. */
  DECIDE,
  /** Committed a prepared transaction, or found it committed. */
  COMMIT,
  /** Rolled a prepared transaction back. */
  ROLL_BACK,
  /** Found a transaction neither prepared nor committed. */
  LOST,
  /** Completed the markers of an epoch. */
  FINISH,
  /** Inserted a rejected row into its target. */
  REPLAY,
  /** Gave a rejected row up. */
  DISCARD,
  /** Removed old runs, markers or segments. */
  COLLECT;

  /** As it is written in the audit, such as {@code roll-back}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
