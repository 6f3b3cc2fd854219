package io.onceflow.ledger;

/**
 * Where a ledger writes what happened, in order. Called on the thread that executes the command.
 */
public interface LedgerJournal {

  /** A transfer that is applied for good. */
  void transfer(TransferRow row);

  /** The final result of a command or leg. */
  void result(ResultRow row);
}
