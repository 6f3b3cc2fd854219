package io.onceflow.ledger;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * A ledger of one group over plain maps, for tests that name what they do: times are log times in
 * seconds.
 */
final class ScriptedLedger {

  static final int LEDGER = 978;

  final MapLedgerStore store;
  final List<TransferRow> transfers = new ArrayList<>();
  final List<ResultRow> results = new ArrayList<>();
  private final Ledger ledger;
  private long offset;
  private long nowMs = 1_000_000;

  ScriptedLedger() {
    this(Duration.ZERO);
  }

  ScriptedLedger(Duration idRetention) {
    this(new MapLedgerStore(), idRetention);
  }

  /** A ledger that goes on with the state of another, as after a restart. */
  ScriptedLedger(MapLedgerStore store, Duration idRetention) {
    this.store = store;
    nowMs = Math.max(nowMs, store.header().logTimeMs());
    ledger =
        new Ledger(
            store,
            new LedgerJournal() {
              @Override
              public void transfer(TransferRow row) {
                transfers.add(row);
              }

              @Override
              public void result(ResultRow row) {
                results.add(row);
              }
            },
            idRetention);
  }

  static UUID id(long n) {
    return new UUID(0x7000, 0x8000_0000_0000_0000L | n);
  }

  static Instruction.Transfer transfer(long id, long debit, long credit, long amount) {
    return new Instruction.Transfer(id(id), false, debit, credit, amount, LEDGER, 1, 0);
  }

  static Instruction.Transfer pending(
      long id, long debit, long credit, long amount, int timeoutSeconds) {
    return new Instruction.Transfer(id(id), true, debit, credit, amount, LEDGER, 1, timeoutSeconds);
  }

  static Instruction.Post post(long id, long pendingId, long amount) {
    return new Instruction.Post(id(id), id(pendingId), amount);
  }

  static Instruction.Void cancel(long id, long pendingId) {
    return new Instruction.Void(id(id), id(pendingId));
  }

  static Instruction.Open open(long account, int flags) {
    return new Instruction.Open(account, LEDGER, 1, flags);
  }

  /** Opens an account without limits. */
  ScriptedLedger unlimited(long... accounts) {
    for (long account : accounts) {
      run(open(account, 0));
    }
    return this;
  }

  /** Opens an account that cannot spend more than it has, with this much from account 1. */
  ScriptedLedger funded(long account, long amount) {
    run(open(account, Account.DEBITS_MUST_NOT_EXCEED_CREDITS));
    if (amount > 0) {
      run(transfer(1_000_000 + account, 1, account, amount));
    }
    return this;
  }

  ScriptedLedger after(long seconds) {
    nowMs += seconds * 1000;
    return this;
  }

  long nowMs() {
    return nowMs;
  }

  void at(long timestampMs) {
    nowMs = timestampMs;
  }

  /** The result of an instruction alone. */
  ResultCode run(Instruction instruction) {
    return execute(false, List.of(instruction)).get(0);
  }

  /** The results of a chain. */
  List<ResultCode> chain(Instruction... legs) {
    return execute(true, List.of(legs));
  }

  List<ResultCode> execute(boolean chain, List<Instruction> legs) {
    int before = results.size();
    ledger.execute(new Command("eu", 0, offset++, nowMs, chain, legs));
    return results.subList(before, results.size()).stream().map(ResultRow::result).toList();
  }

  /** Posted credits minus posted debits. */
  long balance(long account) {
    Account state = store.account(account);
    return state.creditsPosted() - state.debitsPosted();
  }

  /** Debits pending, debits posted, credits pending, credits posted. */
  String counters(long account) {
    Account state = store.account(account);
    return state.debitsPending()
        + " "
        + state.debitsPosted()
        + " "
        + state.creditsPending()
        + " "
        + state.creditsPosted();
  }
}
