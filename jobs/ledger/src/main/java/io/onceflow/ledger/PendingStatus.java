package io.onceflow.ledger;

/**
 * What became of a pending transfer. The order is part of the state format: append, never reorder.
 */
public enum PendingStatus {
  /** Not a pending transfer at all. */
  NONE,
  PENDING,
  POSTED,
  VOIDED,
  EXPIRED
}
