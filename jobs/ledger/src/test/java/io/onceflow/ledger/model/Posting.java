package io.onceflow.ledger.model;

import java.math.BigInteger;
import java.util.UUID;

/**
 * A line of the model's journal: everything that a row of {@code ledger.transfers} says.
 *
 * @param kind as in {@code ledger.transfers}
 * @param pendingId what it resolves, else null
 * @param amount minor units; for a void or expiry what is released
 * @param timeoutSeconds of a pending transfer, else 0
 * @param partition of the record that caused it
 * @param offset of the record that caused it
 */
public record Posting(
    long seq,
    UUID id,
    String kind,
    UUID pendingId,
    long debit,
    long credit,
    BigInteger amount,
    BigInteger posted,
    BigInteger pending,
    int ledger,
    int code,
    int timeoutSeconds,
    long logTimeMs,
    int partition,
    long offset) {}
