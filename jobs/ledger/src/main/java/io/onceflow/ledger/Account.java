package io.onceflow.ledger;

/**
 * An account as the ledger keeps it. Immutable. All counters are minor units and never negative;
 * debits pending + debits posted, and the same for credits, never exceed {@link Long#MAX_VALUE}.
 *
 * @param flags a set of the flag constants
 * @param changedAtMs the log time of the last change
 */
public record Account(
    long id,
    int ledger,
    int code,
    int flags,
    boolean closed,
    long debitsPending,
    long debitsPosted,
    long creditsPending,
    long creditsPosted,
    long changedAtMs) {

  /** Refuses what would make debits, pending ones included, exceed posted credits. */
  public static final int DEBITS_MUST_NOT_EXCEED_CREDITS = 1;

  /** Refuses what would make credits, pending ones included, exceed posted debits. */
  public static final int CREDITS_MUST_NOT_EXCEED_DEBITS = 2;

  /** Both flags: an account that could never hold anything. */
  public static final int BOTH_LIMITS =
      DEBITS_MUST_NOT_EXCEED_CREDITS | CREDITS_MUST_NOT_EXCEED_DEBITS;

  /** A new account with nothing on it. */
  public static Account opened(Instruction.Open open, long logTimeMs) {
    return new Account(
        open.account(), open.ledger(), open.code(), open.flags(), false, 0, 0, 0, 0, logTimeMs);
  }

  /** Whether the flag is set. */
  public boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** This account, closed. */
  public Account close(long logTimeMs) {
    return new Account(
        id,
        ledger,
        code,
        flags,
        true,
        debitsPending,
        debitsPosted,
        creditsPending,
        creditsPosted,
        logTimeMs);
  }

  /** Adds to the debit counters. The caller has checked that nothing overflows. */
  public Account debit(long pending, long posted, long logTimeMs) {
    return new Account(
        id,
        ledger,
        code,
        flags,
        closed,
        Math.addExact(debitsPending, pending),
        Math.addExact(debitsPosted, posted),
        creditsPending,
        creditsPosted,
        logTimeMs);
  }

  /** Adds to the credit counters. The caller has checked that nothing overflows. */
  public Account credit(long pending, long posted, long logTimeMs) {
    return new Account(
        id,
        ledger,
        code,
        flags,
        closed,
        debitsPending,
        debitsPosted,
        Math.addExact(creditsPending, pending),
        Math.addExact(creditsPosted, posted),
        logTimeMs);
  }

  /** Whether a debit of this amount would go beyond the limit. */
  public boolean wouldExceedCredits(long amount) {
    return has(DEBITS_MUST_NOT_EXCEED_CREDITS)
        && debitsPending + debitsPosted > creditsPosted - amount;
  }

  /** Whether a credit of this amount would go beyond the limit. */
  public boolean wouldExceedDebits(long amount) {
    return has(CREDITS_MUST_NOT_EXCEED_DEBITS)
        && creditsPending + creditsPosted > debitsPosted - amount;
  }
}
