package io.onceflow.ledger;

import java.util.UUID;

/**
 * The state of one group, entry by entry: a ledger never lists or copies it. Values are immutable.
 * Not thread-safe.
 *
 * <p>Every write is final as soon as it is made: {@link Ledger} checks first and writes after, and
 * runs chains on an overlay.
 */
public interface LedgerStore {

  /** Never null; {@link LedgerHeader#EMPTY} at first. */
  LedgerHeader header();

  /** Replaces the header. */
  void putHeader(LedgerHeader header);

  /** The account, or null. */
  Account account(long id);

  /** Inserts or replaces the account. */
  void putAccount(Account account);

  /** What is remembered of a transfer id, or null. */
  TransferState transfer(UUID id);

  /** Inserts, replaces, or with null forgets what is remembered of a transfer id. */
  void putTransfer(UUID id, TransferState transfer);

  /** A word of a {@link DueIndex}; 0 when absent. */
  long word(long key);

  /** Sets a word; 0 removes it. */
  void putWord(long key, long bits);

  /** A slot of a {@link DueIndex}, or null. */
  UUID slot(long key);

  /** Sets a slot; null removes it. */
  void putSlot(long key, UUID id);
}
