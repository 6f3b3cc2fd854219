package io.onceflow.ledger.model;

import io.onceflow.ledger.ResultCode;
import java.util.Set;

/** What {@code docs/ledger.md} says of a result, told apart by its name alone. */
public final class Verdict {

  private static final Set<String> SUCCESSES =
      Set.of("created", "exists", "closed", "account_already_closed");

  /** The codes with a star. */
  private static final Set<String> BURNING =
      Set.of(
          "debit_account_not_found",
          "credit_account_not_found",
          "pending_transfer_not_found",
          "debit_account_already_closed",
          "credit_account_already_closed",
          "overflows_debits_pending",
          "overflows_credits_pending",
          "overflows_debits_posted",
          "overflows_credits_posted",
          "overflows_debits",
          "overflows_credits",
          "exceeds_credits",
          "exceeds_debits");

  private Verdict() {}

  /** Whether what was asked for is so now. */
  public static boolean isSuccess(ResultCode code) {
    return SUCCESSES.contains(code.text());
  }

  /** Whether the id is of no use any more. */
  public static boolean burnsId(ResultCode code) {
    return BURNING.contains(code.text());
  }
}
