package io.onceflow.ledger;

import static io.onceflow.ledger.ResultCode.ACCOUNT_ALREADY_CLOSED;
import static io.onceflow.ledger.ResultCode.ACCOUNT_NOT_FOUND;
import static io.onceflow.ledger.ResultCode.CLOSED;
import static io.onceflow.ledger.ResultCode.CREATED;
import static io.onceflow.ledger.ResultCode.EXISTS;
import static io.onceflow.ledger.ResultCode.EXISTS_WITH_DIFFERENT_CODE;
import static io.onceflow.ledger.ResultCode.EXISTS_WITH_DIFFERENT_FLAGS;
import static io.onceflow.ledger.ResultCode.EXISTS_WITH_DIFFERENT_LEDGER;
import static io.onceflow.ledger.ResultCode.FLAGS_ARE_MUTUALLY_EXCLUSIVE;
import static io.onceflow.ledger.ResultCode.ID_TOO_OLD;

import java.util.UUID;
import java.util.function.Consumer;

/**
 * Runs instructions on a store, one after the other. An instruction that is refused writes nothing;
 * burning ids is left to {@link Ledger}, because it has to outlive a failed chain.
 */
final class Execution {

  private final LedgerStore store;
  private final Step step;
  private final DueIndex expiry;
  private final Consumer<TransferRow> journal;

  Execution(LedgerStore store, Step step, DueIndex expiry, Consumer<TransferRow> journal) {
    this.store = store;
    this.step = step;
    this.expiry = expiry;
    this.journal = journal;
  }

  Outcome run(Instruction instruction) {
    if (instruction.id() != null && step.isTooOld(instruction.id())) {
      return Outcome.refused(ID_TOO_OLD);
    }
    if (instruction instanceof Instruction.Transfer transfer) {
      return transfer(transfer);
    } else if (instruction instanceof Instruction.Post post) {
      return post(post);
    } else if (instruction instanceof Instruction.Void cancel) {
      return cancel(cancel);
    } else if (instruction instanceof Instruction.Open open) {
      return new Outcome(open(open), 0);
    } else {
      return new Outcome(close((Instruction.Close) instruction), 0);
    }
  }

  private ResultCode open(Instruction.Open open) {
    if (open.flags() == Account.BOTH_LIMITS) {
      return FLAGS_ARE_MUTUALLY_EXCLUSIVE;
    }
    Account account = store.account(open.account());
    if (account == null) {
      store.putAccount(Account.opened(open, step.logTimeMs()));
      return CREATED;
    } else if (account.ledger() != open.ledger()) {
      return EXISTS_WITH_DIFFERENT_LEDGER;
    } else if (account.code() != open.code()) {
      return EXISTS_WITH_DIFFERENT_CODE;
    }
    return account.flags() == open.flags() ? EXISTS : EXISTS_WITH_DIFFERENT_FLAGS;
  }

  private ResultCode close(Instruction.Close close) {
    Account account = store.account(close.account());
    if (account == null) {
      return ACCOUNT_NOT_FOUND;
    } else if (account.closed()) {
      return ACCOUNT_ALREADY_CLOSED;
    }
    store.putAccount(account.close(step.logTimeMs()));
    return CLOSED;
  }

  private Outcome transfer(Instruction.Transfer transfer) {
    TransferState known = store.transfer(transfer.id());
    if (known != null) {
      return new Outcome(TransferRules.compare(known, transfer), known.seq());
    }
    Account debit = store.account(transfer.debit());
    Account credit = store.account(transfer.credit());
    ResultCode refusal = TransferRules.refusal(transfer, debit, credit);
    if (refusal != null) {
      return Outcome.refused(refusal);
    }
    long seq = step.takeSeq();
    long pending = transfer.pending() ? transfer.amount() : 0;
    long posted = transfer.amount() - pending;
    TransferState state = TransferState.of(transfer, seq);
    store.putTransfer(transfer.id(), state);
    move(debit, credit, pending, posted);
    if (transfer.timeoutSeconds() > 0) {
      long due = step.dueSecond(transfer.timeoutSeconds());
      step.dueAt(expiry.add(store, due, transfer.id()));
    }
    record(transfer.id(), state, state, posted, pending);
    return Outcome.created(seq);
  }

  private Outcome post(Instruction.Post post) {
    TransferState known = store.transfer(post.id());
    if (known != null) {
      return new Outcome(ResolutionRules.compare(known, post), known.seq());
    }
    TransferState pending = pending(post.pendingId());
    ResultCode refusal = ResolutionRules.refusal(post, pending);
    if (refusal == null) {
      Account debit = store.account(pending.debit());
      Account credit = store.account(pending.credit());
      refusal = TransferRules.closed(debit, credit);
    }
    if (refusal != null) {
      return Outcome.refused(refusal);
    }
    long amount = post.amount() == Instruction.Post.ALL ? pending.amount() : post.amount();
    long seq = step.takeSeq();
    TransferState state =
        TransferState.resolving(TransferKind.POST, post.pendingId(), post.amount(), seq);
    store.putTransfer(post.id(), state);
    resolve(post.id(), state, pending, amount, PendingStatus.POSTED);
    return Outcome.created(seq);
  }

  private Outcome cancel(Instruction.Void cancel) {
    TransferState known = store.transfer(cancel.id());
    if (known != null) {
      return new Outcome(ResolutionRules.compare(known, cancel), known.seq());
    }
    TransferState pending = pending(cancel.pendingId());
    ResultCode refusal = ResolutionRules.refusal(cancel, pending);
    if (refusal != null) {
      return Outcome.refused(refusal);
    }
    long seq = step.takeSeq();
    TransferState state = TransferState.resolving(TransferKind.VOID, cancel.pendingId(), 0, seq);
    store.putTransfer(cancel.id(), state);
    resolve(cancel.id(), state, pending, 0, PendingStatus.VOIDED);
    return Outcome.created(seq);
  }

  /**
   * Releases a pending transfer whose time has come; nothing when it was posted or voided before.
   */
  void expire(UUID pendingId) {
    TransferState pending = store.transfer(pendingId);
    if (pending == null || !pending.isUnresolved()) {
      return;
    }
    TransferState state =
        TransferState.resolving(TransferKind.EXPIRE, pendingId, 0, step.takeSeq());
    resolve(LedgerIds.expiry(pendingId), state, pending, 0, PendingStatus.EXPIRED);
  }

  /**
   * A resolved transfer whose id is too old may be forgotten already or not; the answer is the
   * same.
   */
  private TransferState pending(UUID id) {
    TransferState pending = store.transfer(id);
    boolean forgotten = pending != null && !pending.isUnresolved() && step.isTooOld(id);
    return forgotten ? null : pending;
  }

  private void resolve(
      UUID id, TransferState state, TransferState pending, long posted, PendingStatus outcome) {
    store.putTransfer(state.pendingId(), pending.resolved(outcome));
    Account debit = store.account(pending.debit());
    Account credit = store.account(pending.credit());
    move(debit, credit, -pending.amount(), posted);
    record(id, state, pending, posted, -pending.amount());
  }

  /** The two accounts are different: {@link TransferRules} refuses anything else. */
  private void move(Account debit, Account credit, long pending, long posted) {
    store.putAccount(debit.debit(pending, posted, step.logTimeMs()));
    store.putAccount(credit.credit(pending, posted, step.logTimeMs()));
  }

  private void record(UUID id, TransferState state, TransferState legs, long posted, long pending) {
    journal.accept(
        new TransferRow(
            step.command().group(),
            state.seq(),
            id,
            state.kind(),
            state.pendingId(),
            legs.debit(),
            legs.credit(),
            posted != 0 ? posted : Math.abs(pending),
            posted,
            pending,
            legs.ledger(),
            legs.code(),
            state.timeoutSeconds(),
            step.logTimeMs(),
            step.command().partition(),
            step.command().offset()));
  }
}
