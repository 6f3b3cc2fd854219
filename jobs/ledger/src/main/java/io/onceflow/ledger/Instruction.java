package io.onceflow.ledger;

import java.util.UUID;

/**
 * What a client asks the ledger to do: one command, or one leg of a chain. Values are checked by
 * the decoder; the ledger relies on it (ids not nil, amounts positive, accounts positive).
 */
public sealed interface Instruction {

  /** The transfer id that the client chose, or null for instructions about an account. */
  UUID id();

  /** The account that the instruction is about, or 0 for transfers. */
  default long subject() {
    return 0;
  }

  /**
   * Opens an account.
   *
   * @param flags a set of {@link Account#DEBITS_MUST_NOT_EXCEED_CREDITS} and {@link
   *     Account#CREDITS_MUST_NOT_EXCEED_DEBITS}
   */
  record Open(long account, int ledger, int code, int flags) implements Instruction {
    @Override
    public UUID id() {
      return null;
    }

    @Override
    public long subject() {
      return account;
    }
  }

  /** Closes an account for good. */
  record Close(long account) implements Instruction {
    @Override
    public UUID id() {
      return null;
    }

    @Override
    public long subject() {
      return account;
    }
  }

  /**
   * Moves an amount, or reserves it.
   *
   * @param pending true reserves, to be posted or voided later
   * @param amount in minor units, positive
   * @param timeoutSeconds 0 = never expires; always 0 when not pending
   */
  record Transfer(
      UUID id,
      boolean pending,
      long debit,
      long credit,
      long amount,
      int ledger,
      int code,
      int timeoutSeconds)
      implements Instruction {}

  /**
   * Posts a pending transfer.
   *
   * @param amount in minor units; {@link #ALL} posts all of it, less releases the rest
   */
  record Post(UUID id, UUID pendingId, long amount) implements Instruction {
    /** The amount of a post that names none. */
    public static final long ALL = 0;
  }

  /** Releases what a pending transfer reserved. */
  record Void(UUID id, UUID pendingId) implements Instruction {}
}
