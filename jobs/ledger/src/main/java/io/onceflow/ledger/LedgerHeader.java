package io.onceflow.ledger;

/**
 * What a group has once.
 *
 * @param logTimeMs the greatest record timestamp so far; never goes back
 * @param nextSeq the sequence number of the next transfer
 * @param nextDueSecond no pending transfer is due before it; {@link DueIndex#NONE} when none has a
 *     timeout
 * @param nextForgetSecond no id can be forgotten before it; {@link DueIndex#NONE} when ids are kept
 *     for ever
 * @param tooOldBeforeMs ids of an earlier time may be forgotten already and are refused; never goes
 *     back, whatever becomes of the configured retention
 */
public record LedgerHeader(
    long logTimeMs, long nextSeq, long nextDueSecond, long nextForgetSecond, long tooOldBeforeMs) {

  /** A group that has seen nothing. */
  public static final LedgerHeader EMPTY = new LedgerHeader(0, 1, DueIndex.NONE, DueIndex.NONE, 0);
}
