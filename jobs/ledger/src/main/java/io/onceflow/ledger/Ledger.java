package io.onceflow.ledger;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Executes the commands of a group, one after the other, over the group's {@link LedgerStore}.
 *
 * <p>Deterministic: what it writes is a function of the commands and their record timestamps. It
 * reads no clock, draws no random number and asks nobody. Not thread-safe. After TigerBeetle's data
 * model: four counters per account, immutable transfers, two-phase transfers, linked chains, burned
 * ids; {@code docs/ledger.md} has the rules.
 */
public final class Ledger {

  /** How many ids one command may forget: more than it can add, so forgetting keeps up. */
  private static final int FORGET_LIMIT = 2 * Command.MAX_LEGS + 16;

  private final LedgerStore store;
  private final LedgerJournal journal;
  private final DueIndex expiry = new DueIndex(DueIndex.Queue.EXPIRY);
  private final DueIndex forget = new DueIndex(DueIndex.Queue.FORGET);
  private final Step step;
  private final Execution direct;

  /**
   * @param store the state of whatever group the next command belongs to
   * @param idRetention how long ids are remembered in log time; zero = for ever. When set, ids must
   *     be UUIDs of version 7
   */
  public Ledger(LedgerStore store, LedgerJournal journal, Duration idRetention) {
    this.store = store;
    this.journal = journal;
    this.step = new Step(idRetention.toMillis());
    this.direct = new Execution(store, step, expiry, journal::transfer);
  }

  /**
   * Executes a command: expires what is due, applies or refuses it, and reports one result per leg.
   */
  public void execute(Command command) {
    step.begin(store.header(), command);
    while (step.hasDue()) {
      expireBucket(step.nextDueSecond());
    }
    if (command.chain()) {
      executeChain(command);
    } else {
      executeAlone(command.legs().get(0));
    }
    forgetSome();
    store.putHeader(step.header());
  }

  private void expireBucket(long second) {
    long count = expiry.count(store, second);
    for (long index = 0; index < count; index++) {
      direct.expire(expiry.take(store, second, index));
    }
    step.nextDueSecond(expiry.drop(store, second));
  }

  private void executeAlone(Instruction instruction) {
    Outcome outcome = direct.run(instruction);
    if (outcome.code() == ResultCode.CREATED) {
      remember(instruction);
    }
    burn(instruction, outcome.code());
    report(0, instruction, outcome);
  }

  private void executeChain(Command command) {
    LedgerHeader before = step.header();
    OverlayStore overlay = new OverlayStore(store);
    List<TransferRow> rows = new ArrayList<>();
    List<Outcome> outcomes = new ArrayList<>(command.legs().size());
    Execution linked = new Execution(overlay, step, expiry, rows::add);
    for (Instruction leg : command.legs()) {
      Outcome outcome = linked(linked.run(leg), outcomes);
      outcomes.add(outcome);
      if (!outcome.code().isSuccess()) {
        step.reset(before);
        burn(leg, outcome.code());
        reportFailed(command, outcomes.size() - 1, outcome);
        return;
      }
    }
    overlay.commit();
    rows.forEach(journal::transfer);
    for (int leg = 0; leg < outcomes.size(); leg++) {
      Instruction instruction = command.legs().get(leg);
      if (outcomes.get(leg).code() == ResultCode.CREATED) {
        remember(instruction);
      }
      report(leg, instruction, outcomes.get(leg));
    }
  }

  /**
   * A chain is either new or sent again: a leg that differs in this from the first one fails it.
   */
  private static Outcome linked(Outcome outcome, List<Outcome> before) {
    boolean mixed =
        outcome.code().isSuccess() && !before.isEmpty() && before.get(0).code() != outcome.code();
    return mixed ? Outcome.refused(ResultCode.CHAIN_PARTIALLY_EXISTS) : outcome;
  }

  private void reportFailed(Command command, int failed, Outcome outcome) {
    Outcome linked = Outcome.refused(ResultCode.LINKED_EVENT_FAILED);
    for (int leg = 0; leg < command.legs().size(); leg++) {
      report(leg, command.legs().get(leg), leg == failed ? outcome : linked);
    }
  }

  private void burn(Instruction instruction, ResultCode code) {
    if (!code.burnsId()) {
      return;
    }
    burn(instruction.id());
    if (code == ResultCode.PENDING_TRANSFER_NOT_FOUND) {
      UUID pendingId =
          instruction instanceof Instruction.Post post
              ? post.pendingId()
              : ((Instruction.Void) instruction).pendingId();
      // A pending transfer that arrives after its void must not reserve money that nobody will
      // release.
      if (store.transfer(pendingId) == null && !step.isTooOld(pendingId)) {
        burn(pendingId);
      }
    }
  }

  private void burn(UUID id) {
    store.putTransfer(id, TransferState.FAILED);
    remember(id);
  }

  private void remember(Instruction instruction) {
    if (instruction.id() != null) {
      remember(instruction.id());
    }
  }

  private void remember(UUID id) {
    if (step.forgets()) {
      step.forgetAt(forget.add(store, step.forgetSecond(id), id));
    }
  }

  /** Later than necessary is harmless: an id is refused as too old before anybody looks it up. */
  private void forgetSome() {
    for (int n = 0; n < FORGET_LIMIT && step.hasForgettable(); n++) {
      long second = step.nextForgetSecond();
      UUID id = forget.pop(store, second);
      if (forget.count(store, second) == 0) {
        step.nextForgetSecond(forget.drop(store, second));
      }
      TransferState transfer = store.transfer(id);
      if (!step.isTooOld(id)) {
        // It was filed under a shorter retention than the one that is configured now.
        remember(id);
      } else if (transfer != null && transfer.isUnresolved()) {
        step.forgetAt(forget.add(store, step.reviewSecond(), id));
      } else {
        store.putTransfer(id, null);
      }
    }
  }

  private void report(int leg, Instruction instruction, Outcome outcome) {
    Command command = step.command();
    boolean hasSeq = outcome.code() == ResultCode.CREATED || outcome.code() == ResultCode.EXISTS;
    journal.result(
        new ResultRow(
            command.partition(),
            command.offset(),
            leg,
            command.group(),
            instruction.id(),
            instruction.subject(),
            outcome.code(),
            hasSeq ? outcome.seq() : 0,
            step.logTimeMs()));
  }
}
