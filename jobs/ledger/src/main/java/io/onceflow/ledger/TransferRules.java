package io.onceflow.ledger;

import static io.onceflow.ledger.ResultCode.ACCOUNTS_MUST_BE_DIFFERENT;
import static io.onceflow.ledger.ResultCode.ACCOUNTS_MUST_HAVE_THE_SAME_LEDGER;
import static io.onceflow.ledger.ResultCode.CREDIT_ACCOUNT_ALREADY_CLOSED;
import static io.onceflow.ledger.ResultCode.CREDIT_ACCOUNT_NOT_FOUND;
import static io.onceflow.ledger.ResultCode.DEBIT_ACCOUNT_ALREADY_CLOSED;
import static io.onceflow.ledger.ResultCode.DEBIT_ACCOUNT_NOT_FOUND;
import static io.onceflow.ledger.ResultCode.EXCEEDS_CREDITS;
import static io.onceflow.ledger.ResultCode.EXCEEDS_DEBITS;
import static io.onceflow.ledger.ResultCode.EXISTS;
import static io.onceflow.ledger.ResultCode.EXISTS_WITH_DIFFERENT_AMOUNT;
import static io.onceflow.ledger.ResultCode.EXISTS_WITH_DIFFERENT_CODE;
import static io.onceflow.ledger.ResultCode.EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT;
import static io.onceflow.ledger.ResultCode.EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT;
import static io.onceflow.ledger.ResultCode.EXISTS_WITH_DIFFERENT_KIND;
import static io.onceflow.ledger.ResultCode.EXISTS_WITH_DIFFERENT_LEDGER;
import static io.onceflow.ledger.ResultCode.EXISTS_WITH_DIFFERENT_TIMEOUT;
import static io.onceflow.ledger.ResultCode.ID_ALREADY_FAILED;
import static io.onceflow.ledger.ResultCode.OVERFLOWS_CREDITS;
import static io.onceflow.ledger.ResultCode.OVERFLOWS_CREDITS_PENDING;
import static io.onceflow.ledger.ResultCode.OVERFLOWS_CREDITS_POSTED;
import static io.onceflow.ledger.ResultCode.OVERFLOWS_DEBITS;
import static io.onceflow.ledger.ResultCode.OVERFLOWS_DEBITS_PENDING;
import static io.onceflow.ledger.ResultCode.OVERFLOWS_DEBITS_POSTED;
import static io.onceflow.ledger.ResultCode.TRANSFER_MUST_HAVE_THE_SAME_LEDGER_AS_ACCOUNTS;

/**
 * Why a transfer or pending transfer is refused. Pure: the order of the checks is the documented
 * precedence.
 */
final class TransferRules {

  private TransferRules() {}

  /** The result of sending an id again. */
  static ResultCode compare(TransferState known, Instruction.Transfer transfer) {
    TransferKind kind = transfer.pending() ? TransferKind.PENDING : TransferKind.TRANSFER;
    if (known.kind() == TransferKind.FAILED) {
      return ID_ALREADY_FAILED;
    } else if (known.kind() != kind) {
      return EXISTS_WITH_DIFFERENT_KIND;
    } else if (known.timeoutSeconds() != transfer.timeoutSeconds()) {
      return EXISTS_WITH_DIFFERENT_TIMEOUT;
    } else if (known.debit() != transfer.debit()) {
      return EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT;
    } else if (known.credit() != transfer.credit()) {
      return EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT;
    } else if (known.amount() != transfer.amount()) {
      return EXISTS_WITH_DIFFERENT_AMOUNT;
    } else if (known.ledger() != transfer.ledger()) {
      return EXISTS_WITH_DIFFERENT_LEDGER;
    }
    return known.code() == transfer.code() ? EXISTS : EXISTS_WITH_DIFFERENT_CODE;
  }

  /** Why a new transfer is refused, or null. Accounts that do not exist are null. */
  static ResultCode refusal(Instruction.Transfer transfer, Account debit, Account credit) {
    if (transfer.debit() == transfer.credit()) {
      return ACCOUNTS_MUST_BE_DIFFERENT;
    } else if (debit == null) {
      return DEBIT_ACCOUNT_NOT_FOUND;
    } else if (credit == null) {
      return CREDIT_ACCOUNT_NOT_FOUND;
    } else if (debit.ledger() != credit.ledger()) {
      return ACCOUNTS_MUST_HAVE_THE_SAME_LEDGER;
    } else if (transfer.ledger() != debit.ledger()) {
      return TRANSFER_MUST_HAVE_THE_SAME_LEDGER_AS_ACCOUNTS;
    }
    ResultCode closed = closed(debit, credit);
    if (closed != null) {
      return closed;
    }
    ResultCode overflow = overflow(transfer, debit, credit);
    if (overflow != null) {
      return overflow;
    } else if (debit.wouldExceedCredits(transfer.amount())) {
      return EXCEEDS_CREDITS;
    }
    return credit.wouldExceedDebits(transfer.amount()) ? EXCEEDS_DEBITS : null;
  }

  /** Why nothing may be posted or reserved on two accounts any more, or null. */
  static ResultCode closed(Account debit, Account credit) {
    if (debit.closed()) {
      return DEBIT_ACCOUNT_ALREADY_CLOSED;
    }
    return credit.closed() ? CREDIT_ACCOUNT_ALREADY_CLOSED : null;
  }

  private static ResultCode overflow(Instruction.Transfer transfer, Account debit, Account credit) {
    long amount = transfer.amount();
    if (transfer.pending()) {
      if (overflows(debit.debitsPending(), amount)) {
        return OVERFLOWS_DEBITS_PENDING;
      } else if (overflows(credit.creditsPending(), amount)) {
        return OVERFLOWS_CREDITS_PENDING;
      }
    } else if (overflows(debit.debitsPosted(), amount)) {
      return OVERFLOWS_DEBITS_POSTED;
    } else if (overflows(credit.creditsPosted(), amount)) {
      return OVERFLOWS_CREDITS_POSTED;
    }
    // The sum of both counters is checked too: it is what limits compare, and what a later post may
    // reach.
    if (overflows(debit.debitsPending() + debit.debitsPosted(), amount)) {
      return OVERFLOWS_DEBITS;
    }
    return overflows(credit.creditsPending() + credit.creditsPosted(), amount)
        ? OVERFLOWS_CREDITS
        : null;
  }

  private static boolean overflows(long counter, long amount) {
    return counter > Long.MAX_VALUE - amount;
  }
}
