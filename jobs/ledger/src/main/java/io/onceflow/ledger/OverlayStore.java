package io.onceflow.ledger;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * A store whose writes stay aside until they are committed: what a chain runs on.
 *
 * <p>Every entry exists once in it, whatever leg asks for it and in whatever role. Working on one
 * copy per role is how money is made out of nothing when an account is debited and credited in the
 * same transaction.
 */
final class OverlayStore implements LedgerStore {

  private final LedgerStore base;
  private final Map<Long, Account> accounts = new LinkedHashMap<>();
  private final Map<UUID, TransferState> transfers = new LinkedHashMap<>();
  private final Map<Long, Long> words = new LinkedHashMap<>();
  private final Map<Long, UUID> slots = new HashMap<>();
  private LedgerHeader header;

  OverlayStore(LedgerStore base) {
    this.base = base;
  }

  /** Writes everything to the store below. */
  void commit() {
    if (header != null) {
      base.putHeader(header);
    }
    accounts.values().forEach(base::putAccount);
    transfers.forEach(base::putTransfer);
    words.forEach(base::putWord);
    slots.forEach(base::putSlot);
  }

  @Override
  public LedgerHeader header() {
    return header != null ? header : base.header();
  }

  @Override
  public void putHeader(LedgerHeader changed) {
    header = changed;
  }

  @Override
  public Account account(long id) {
    Account account = accounts.get(id);
    return account != null ? account : base.account(id);
  }

  @Override
  public void putAccount(Account account) {
    accounts.put(account.id(), account);
  }

  @Override
  public TransferState transfer(UUID id) {
    return transfers.containsKey(id) ? transfers.get(id) : base.transfer(id);
  }

  @Override
  public void putTransfer(UUID id, TransferState transfer) {
    transfers.put(id, transfer);
  }

  @Override
  public long word(long key) {
    Long bits = words.get(key);
    return bits != null ? bits : base.word(key);
  }

  @Override
  public void putWord(long key, long bits) {
    words.put(key, bits);
  }

  @Override
  public UUID slot(long key) {
    return slots.containsKey(key) ? slots.get(key) : base.slot(key);
  }

  @Override
  public void putSlot(long key, UUID id) {
    slots.put(key, id);
  }
}
