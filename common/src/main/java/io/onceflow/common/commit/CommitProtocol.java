package io.onceflow.common.commit;

/** Who decides about prepared transactions. */
public enum CommitProtocol {
  /** The completed checkpoint; only a job that is restored from it can carry the decision out. */
  TWO_PHASE,
  /** A write-once {@link DecisionRegister}, so that what is in doubt can be settled without it. */
  THREE_PHASE
}
