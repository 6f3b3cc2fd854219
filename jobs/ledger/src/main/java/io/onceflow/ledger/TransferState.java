package io.onceflow.ledger;

import java.util.UUID;

/**
 * What the ledger remembers of a transfer id: enough to answer a retry and to resolve a pending
 * transfer.
 *
 * @param seq the sequence number in the group, 0 when the id is burned
 * @param pendingId what a post or void resolved, else null
 * @param amount minor units as sent; {@link Instruction.Post#ALL} for a post without an amount
 */
public record TransferState(
    TransferKind kind,
    PendingStatus status,
    long seq,
    UUID pendingId,
    long debit,
    long credit,
    long amount,
    int ledger,
    int code,
    int timeoutSeconds) {

  /** A burned id. */
  public static final TransferState FAILED =
      new TransferState(TransferKind.FAILED, PendingStatus.NONE, 0, null, 0, 0, 0, 0, 0, 0);

  static TransferState of(Instruction.Transfer transfer, long seq) {
    return new TransferState(
        transfer.pending() ? TransferKind.PENDING : TransferKind.TRANSFER,
        transfer.pending() ? PendingStatus.PENDING : PendingStatus.NONE,
        seq,
        null,
        transfer.debit(),
        transfer.credit(),
        transfer.amount(),
        transfer.ledger(),
        transfer.code(),
        transfer.timeoutSeconds());
  }

  static TransferState resolving(TransferKind kind, UUID pendingId, long amount, long seq) {
    return new TransferState(kind, PendingStatus.NONE, seq, pendingId, 0, 0, amount, 0, 0, 0);
  }

  TransferState resolved(PendingStatus outcome) {
    return new TransferState(
        kind, outcome, seq, pendingId, debit, credit, amount, ledger, code, timeoutSeconds);
  }

  boolean isUnresolved() {
    return status == PendingStatus.PENDING;
  }
}
