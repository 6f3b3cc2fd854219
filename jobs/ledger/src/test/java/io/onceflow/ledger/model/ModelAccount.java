package io.onceflow.ledger.model;

import io.onceflow.ledger.Instruction;
import java.math.BigInteger;

/** An account of the model: what it was opened with and four sums without a bound. */
public final class ModelAccount {

  final Instruction.Open opened;
  boolean closed;
  long changedAtMs;
  BigInteger debitsPending = BigInteger.ZERO;
  BigInteger debitsPosted = BigInteger.ZERO;
  BigInteger creditsPending = BigInteger.ZERO;
  BigInteger creditsPosted = BigInteger.ZERO;

  ModelAccount(Instruction.Open opened, long openedAtMs) {
    this.opened = opened;
    this.changedAtMs = openedAtMs;
  }

  /** What the account was opened with. */
  public Instruction.Open opened() {
    return opened;
  }

  /** Whether the account is closed. */
  public boolean closed() {
    return closed;
  }

  /** The log time of the command that changed it last. */
  public long changedAtMs() {
    return changedAtMs;
  }

  /** Debits pending, debits posted, credits pending, credits posted. */
  public String counters() {
    return debitsPending + " " + debitsPosted + " " + creditsPending + " " + creditsPosted;
  }
}
