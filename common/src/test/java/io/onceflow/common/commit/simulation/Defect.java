package io.onceflow.common.commit.simulation;

/** A rule that is left out on purpose: the simulator must notice. */
enum Defect {
  /** The store's decision looks at neither owner nor chain. */
  SKIP_DECIDE,
  /** The store does not look who owns the sink when it decides. */
  NO_FENCE,
  /** The store does not look which epoch came before. */
  NO_CHAIN,
  /** The store lets every start continue. */
  NO_LINEAGE,
  /** What is prepared at the gatherer's start is rolled back at once. */
  EARLY_ROLLBACK,
  /** Writers prepare their first epoch too, though an orphan may hold the keys of its rows. */
  FIRST_EPOCH_PREPARED,
  /** An unknown transaction counts as committed. */
  NO_MARKER_LOOKUP,
  /** An epoch is applied without a look at its marker. */
  NO_MARKER,
  /** Upserts are applied whenever an epoch is finished. */
  FINISH_TWICE,
  /** The register does not look to whom the pipeline belongs. */
  REGISTER_NO_FENCE,
  /** The register overwrites decisions. */
  REGISTER_OVERWRITES,
  /** The register forgets to give up what older generations reported for later checkpoints. */
  REGISTER_KEEPS_LATER_VOTES,
  /** The register takes a start that is older than the last decided checkpoint. */
  REGISTER_REWINDS,
  /** Committing does not ask the register. */
  REGISTER_NOT_ASKED_TO_COMMIT,
  /** Rolling back does not ask the register. */
  REGISTER_NOT_ASKED_TO_ABORT,
  /** The resolver closes without fencing. */
  CLOSE_WITHOUT_FENCE,
  /** The resolver may cut before the last decided checkpoint. */
  CUT_TOO_EARLY
}
