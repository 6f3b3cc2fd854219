package io.onceflow.testbed.run.bench;

import io.onceflow.ledger.Account;
import io.onceflow.ledger.Command;
import io.onceflow.ledger.Instruction;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/**
 * Double entry as short as it can be written, the peer of the ledger's operator: hash maps of
 * mutable accounts and of ids, no Flink, no state that survives anything, no journal, no log time.
 * Knows what the mix "transfers only" contains: opening accounts and plain transfers. Used by one
 * thread.
 */
final class HashMapLedger {

  private final Map<String, Group> groups = new HashMap<>();
  private long posted;

  /** One group's accounts, and its transfers by id. */
  private static final class Group {
    private final Map<Long, Entry> accounts = new HashMap<>();
    private final Map<UUID, Instruction.Transfer> transfers = new HashMap<>();
  }

  private static final class Entry {
    private final int flags;
    private long debits;
    private long credits;

    Entry(int flags) {
      this.flags = flags;
    }

    boolean mayDebit(long amount) {
      return (flags & Account.DEBITS_MUST_NOT_EXCEED_CREDITS) == 0
          || Math.addExact(debits, amount) <= credits;
    }

    boolean mayCredit(long amount) {
      return (flags & Account.CREDITS_MUST_NOT_EXCEED_DEBITS) == 0
          || Math.addExact(credits, amount) <= debits;
    }
  }

  void execute(Command command) {
    var group = groups.computeIfAbsent(command.group(), name -> new Group());
    for (var leg : command.legs()) {
      if (leg instanceof Instruction.Open open) {
        group.accounts.putIfAbsent(open.account(), new Entry(open.flags()));
      } else if (leg instanceof Instruction.Transfer transfer && !transfer.pending()) {
        post(group, transfer);
      } else {
        throw new IllegalArgumentException("The plain ledger does not know " + leg);
      }
    }
  }

  private void post(Group group, Instruction.Transfer transfer) {
    // A refused id is burned, so it is remembered before the rules are asked.
    if (group.transfers.putIfAbsent(transfer.id(), transfer) != null) {
      return;
    }
    var debit = group.accounts.get(transfer.debit());
    var credit = group.accounts.get(transfer.credit());
    if (debit == null || credit == null || debit == credit) {
      return;
    }
    if (debit.mayDebit(transfer.amount()) && credit.mayCredit(transfer.amount())) {
      debit.debits = Math.addExact(debit.debits, transfer.amount());
      credit.credits = Math.addExact(credit.credits, transfer.amount());
      posted++;
    }
  }

  /** How many transfers were not refused. */
  long posted() {
    return posted;
  }
}
