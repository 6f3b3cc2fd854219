package io.onceflow.ledger;

import java.util.Locale;

/** What a transfer id stands for. The order is part of the state format: append, never reorder. */
public enum TransferKind {
  TRANSFER,
  PENDING,
  POST,
  VOID,
  /** Made by the ledger when a pending transfer's timeout has passed. */
  EXPIRE,
  /** The id was refused for a reason that depends on the ledger's state: it is burned. */
  FAILED;

  private final String text = name().toLowerCase(Locale.ROOT);

  /** The name in tables and documents. */
  public String text() {
    return text;
  }
}
