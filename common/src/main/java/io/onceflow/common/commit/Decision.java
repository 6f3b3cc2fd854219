package io.onceflow.common.commit;

/** What a {@link DecisionRegister} holds about a transaction, once and for good. */
public enum Decision {
  /** It is committed by whoever can. */
  COMMIT,
  /** It is rolled back by whoever can. */
  ABORT
}
