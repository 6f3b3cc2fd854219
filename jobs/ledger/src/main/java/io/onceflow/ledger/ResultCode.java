package io.onceflow.ledger;

import java.io.IOException;
import java.util.Locale;

/**
 * The final result of one command or leg. The constants of one kind of command stand in the order
 * of precedence of {@code docs/ledger.md}: of all that apply, the first is the result. The number
 * of a constant is part of the format between operators, and so of checkpoints: a new constant
 * stands where its precedence is and takes the next free number, and no number is ever changed.
 */
public enum ResultCode {
  CREATED(0, Effect.SUCCESS),
  EXISTS(1, Effect.SUCCESS),
  CLOSED(2, Effect.SUCCESS),
  ACCOUNT_ALREADY_CLOSED(3, Effect.SUCCESS),

  FLAGS_ARE_MUTUALLY_EXCLUSIVE(4, Effect.REFUSAL),
  ACCOUNT_NOT_FOUND(5, Effect.REFUSAL),
  ID_TOO_OLD(6, Effect.REFUSAL),
  EXISTS_WITH_DIFFERENT_KIND(7, Effect.REFUSAL),
  EXISTS_WITH_DIFFERENT_PENDING_ID(8, Effect.REFUSAL),
  EXISTS_WITH_DIFFERENT_TIMEOUT(9, Effect.REFUSAL),
  EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT(10, Effect.REFUSAL),
  EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT(11, Effect.REFUSAL),
  EXISTS_WITH_DIFFERENT_AMOUNT(12, Effect.REFUSAL),
  EXISTS_WITH_DIFFERENT_LEDGER(13, Effect.REFUSAL),
  EXISTS_WITH_DIFFERENT_CODE(14, Effect.REFUSAL),
  EXISTS_WITH_DIFFERENT_FLAGS(15, Effect.REFUSAL),
  ID_ALREADY_FAILED(16, Effect.REFUSAL),
  ACCOUNTS_MUST_BE_DIFFERENT(17, Effect.REFUSAL),
  PENDING_ID_MUST_BE_DIFFERENT(18, Effect.REFUSAL),
  DEBIT_ACCOUNT_NOT_FOUND(19, Effect.BURNS_ID),
  CREDIT_ACCOUNT_NOT_FOUND(20, Effect.BURNS_ID),
  ACCOUNTS_MUST_HAVE_THE_SAME_LEDGER(21, Effect.REFUSAL),
  TRANSFER_MUST_HAVE_THE_SAME_LEDGER_AS_ACCOUNTS(22, Effect.REFUSAL),
  PENDING_TRANSFER_NOT_FOUND(23, Effect.BURNS_ID),
  PENDING_TRANSFER_NOT_PENDING(24, Effect.REFUSAL),
  EXCEEDS_PENDING_TRANSFER_AMOUNT(25, Effect.REFUSAL),
  PENDING_TRANSFER_ALREADY_POSTED(26, Effect.REFUSAL),
  PENDING_TRANSFER_ALREADY_VOIDED(27, Effect.REFUSAL),
  PENDING_TRANSFER_EXPIRED(28, Effect.REFUSAL),
  DEBIT_ACCOUNT_ALREADY_CLOSED(29, Effect.BURNS_ID),
  CREDIT_ACCOUNT_ALREADY_CLOSED(30, Effect.BURNS_ID),
  OVERFLOWS_DEBITS_PENDING(31, Effect.BURNS_ID),
  OVERFLOWS_CREDITS_PENDING(32, Effect.BURNS_ID),
  OVERFLOWS_DEBITS_POSTED(33, Effect.BURNS_ID),
  OVERFLOWS_CREDITS_POSTED(34, Effect.BURNS_ID),
  OVERFLOWS_DEBITS(35, Effect.BURNS_ID),
  OVERFLOWS_CREDITS(36, Effect.BURNS_ID),
  EXCEEDS_CREDITS(37, Effect.BURNS_ID),
  EXCEEDS_DEBITS(38, Effect.BURNS_ID),
  LINKED_EVENT_FAILED(39, Effect.REFUSAL),
  CHAIN_PARTIALLY_EXISTS(40, Effect.REFUSAL);

  private enum Effect {
    SUCCESS,
    REFUSAL,
    BURNS_ID
  }

  private static final ResultCode[] BY_NUMBER = byNumber();

  private final int number;
  private final Effect effect;
  private final String text = name().toLowerCase(Locale.ROOT);

  ResultCode(int number, Effect effect) {
    this.number = number;
    this.effect = effect;
  }

  /** The code with this number. */
  static ResultCode of(int number) throws IOException {
    return VersionedSerializer.numbered(BY_NUMBER, number);
  }

  /** What stands for the code between operators. */
  int number() {
    return number;
  }

  /** The name in tables, messages and documents. */
  public String text() {
    return text;
  }

  /** Whether what was asked for is so now, by this command or an earlier one. */
  public boolean isSuccess() {
    return effect == Effect.SUCCESS;
  }

  /**
   * Whether the refusal depends on the ledger's state. Such a refusal could turn into a success on
   * a retry, so the id is burned: every later command with it is {@link #ID_ALREADY_FAILED}.
   */
  public boolean burnsId() {
    return effect == Effect.BURNS_ID;
  }

  private static ResultCode[] byNumber() {
    ResultCode[] codes = new ResultCode[values().length];
    for (ResultCode code : values()) {
      codes[code.number] = code;
    }
    return codes;
  }
}
