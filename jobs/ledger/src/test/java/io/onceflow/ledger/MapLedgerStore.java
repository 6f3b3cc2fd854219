package io.onceflow.ledger;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** One group's state in plain maps. */
final class MapLedgerStore implements LedgerStore {

  final Map<Long, Account> accounts = new TreeMap<>();
  final Map<UUID, TransferState> transfers = new HashMap<>();
  final Map<Long, Long> words = new HashMap<>();
  final Map<Long, UUID> slots = new HashMap<>();
  private LedgerHeader header = LedgerHeader.EMPTY;

  @Override
  public LedgerHeader header() {
    return header;
  }

  @Override
  public void putHeader(LedgerHeader changed) {
    header = changed;
  }

  @Override
  public Account account(long id) {
    return accounts.get(id);
  }

  @Override
  public void putAccount(Account account) {
    accounts.put(account.id(), account);
  }

  @Override
  public TransferState transfer(UUID id) {
    return transfers.get(id);
  }

  @Override
  public void putTransfer(UUID id, TransferState transfer) {
    put(transfers, id, transfer);
  }

  @Override
  public long word(long key) {
    return words.getOrDefault(key, 0L);
  }

  @Override
  public void putWord(long key, long bits) {
    put(words, key, bits == 0 ? null : bits);
  }

  @Override
  public UUID slot(long key) {
    return slots.get(key);
  }

  @Override
  public void putSlot(long key, UUID id) {
    put(slots, key, id);
  }

  private static <K, V> void put(Map<K, V> map, K key, V value) {
    if (value == null) {
      map.remove(key);
    } else {
      map.put(key, value);
    }
  }
}
