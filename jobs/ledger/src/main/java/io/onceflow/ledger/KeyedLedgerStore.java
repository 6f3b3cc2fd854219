package io.onceflow.ledger;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.internal.InternalValueState;

/**
 * The state of the current key's group in Flink's keyed state: one entry per account, per transfer
 * id and so on, each under a namespace of its own. A map state would be copied as a whole by the
 * heap backend on the first write after a checkpoint.
 *
 * <p>It also remembers which accounts changed since they were last {@linkplain #drainChanged
 * drained}, in order.
 */
final class KeyedLedgerStore implements LedgerStore {

  private final InternalValueState<String, VoidNamespace, LedgerHeader> header;
  private final InternalValueState<String, Long, Account> accounts;
  private final InternalValueState<String, UUID, TransferState> transfers;
  private final InternalValueState<String, Long, Long> words;
  private final InternalValueState<String, Long, UUID> slots;
  private final Map<String, Map<Long, Account>> changed = new LinkedHashMap<>();
  private String group;
  private Map<Long, Account> changedInGroup;
  private int changedCount;

  KeyedLedgerStore(KeyedStateBackend<String> backend) throws Exception {
    header =
        state(backend, VoidNamespaceSerializer.INSTANCE, "header", LedgerHeaderSerializer.INSTANCE);
    header.setCurrentNamespace(VoidNamespace.INSTANCE);
    accounts = state(backend, LongSerializer.INSTANCE, "accounts", AccountSerializer.INSTANCE);
    transfers =
        state(backend, UuidSerializer.INSTANCE, "transfers", TransferStateSerializer.INSTANCE);
    words = state(backend, LongSerializer.INSTANCE, "due-words", LongSerializer.INSTANCE);
    slots = state(backend, LongSerializer.INSTANCE, "due-slots", UuidSerializer.INSTANCE);
  }

  private static <N, T> InternalValueState<String, N, T> state(
      KeyedStateBackend<String> backend,
      TypeSerializer<N> namespace,
      String name,
      TypeSerializer<T> value)
      throws Exception {
    @SuppressWarnings(
        "unchecked") // A value state descriptor gives an internal value state in every backend.
    InternalValueState<String, N, T> state =
        (InternalValueState<String, N, T>)
            backend.getOrCreateKeyedState(namespace, new ValueStateDescriptor<>(name, value));
    return state;
  }

  /** Says which group the backend's current key is. */
  void select(String current) {
    if (!current.equals(group)) {
      group = current;
      changedInGroup = changed.computeIfAbsent(current, key -> new LinkedHashMap<>());
    }
  }

  /** How many accounts changed since they were drained. */
  int changedCount() {
    return changedCount;
  }

  /** Hands over the accounts that changed, as they are now, and forgets that they did. */
  void drainChanged(BiConsumer<String, Account> consumer) {
    changed.forEach((key, map) -> map.values().forEach(account -> consumer.accept(key, account)));
    changed.clear();
    changedCount = 0;
    group = null;
  }

  @Override
  public LedgerHeader header() {
    LedgerHeader value = value(header);
    return value == null ? LedgerHeader.EMPTY : value;
  }

  @Override
  public void putHeader(LedgerHeader value) {
    update(header, value);
  }

  @Override
  public Account account(long id) {
    accounts.setCurrentNamespace(id);
    return value(accounts);
  }

  @Override
  public void putAccount(Account account) {
    accounts.setCurrentNamespace(account.id());
    update(accounts, account);
    if (changedInGroup.put(account.id(), account) == null) {
      changedCount++;
    }
  }

  @Override
  public TransferState transfer(UUID id) {
    transfers.setCurrentNamespace(id);
    return value(transfers);
  }

  @Override
  public void putTransfer(UUID id, TransferState transfer) {
    transfers.setCurrentNamespace(id);
    update(transfers, transfer);
  }

  @Override
  public long word(long key) {
    words.setCurrentNamespace(key);
    Long bits = value(words);
    return bits == null ? 0 : bits;
  }

  @Override
  public void putWord(long key, long bits) {
    words.setCurrentNamespace(key);
    update(words, bits == 0 ? null : bits);
  }

  @Override
  public UUID slot(long key) {
    slots.setCurrentNamespace(key);
    return value(slots);
  }

  @Override
  public void putSlot(long key, UUID id) {
    slots.setCurrentNamespace(key);
    update(slots, id);
  }

  private static <T> T value(InternalValueState<?, ?, T> state) {
    try {
      return state.value();
    } catch (IOException e) {
      throw new UncheckedIOException("The ledger's state cannot be read.", e);
    }
  }

  /** Null removes the entry. */
  private static <T> void update(InternalValueState<?, ?, T> state, T value) {
    try {
      state.update(value);
    } catch (IOException e) {
      throw new UncheckedIOException("The ledger's state cannot be written.", e);
    }
  }
}
