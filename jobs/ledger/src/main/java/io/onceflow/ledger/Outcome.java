package io.onceflow.ledger;

/**
 * What became of one instruction: its code and the sequence number of the transfer it made or
 * found, or 0.
 */
record Outcome(ResultCode code, long seq) {

  static Outcome refused(ResultCode code) {
    return new Outcome(code, 0);
  }

  static Outcome created(long seq) {
    return new Outcome(ResultCode.CREATED, seq);
  }
}
