package io.onceflow.ledger;

import java.util.UUID;

/**
 * A row of {@code ledger.transfers}: an immutable transfer.
 *
 * @param seq dense per group, from 1
 * @param pendingId what a post, void or expiry resolves, else null
 * @param amount minor units; for a void or expiry what is released
 * @param postedDelta what the transfer adds to the posted counters of both accounts
 * @param pendingDelta what the transfer adds to the pending counters of both accounts
 * @param partition of the record that caused it
 * @param offset of the record that caused it
 */
public record TransferRow(
    String group,
    long seq,
    UUID id,
    TransferKind kind,
    UUID pendingId,
    long debit,
    long credit,
    long amount,
    long postedDelta,
    long pendingDelta,
    int ledger,
    int code,
    int timeoutSeconds,
    long logTimeMs,
    int partition,
    long offset)
    implements LedgerOutput {}
