package io.onceflow.ledger;

import java.util.UUID;

/**
 * The header of a group while one command is executed, and what the rules need to know of the
 * command.
 */
final class Step {

  private static final long MS_PER_SECOND = 1_000;

  private final long retentionMs;
  private Command command;
  private long logTimeMs;
  private long nextSeq;
  private long nextDueSecond;
  private long nextForgetSecond;
  private long tooOldBeforeMs;

  Step(long retentionMs) {
    this.retentionMs = retentionMs;
  }

  void begin(LedgerHeader header, Command next) {
    command = next;
    reset(header);
    logTimeMs = Math.max(header.logTimeMs(), next.timestampMs());
    tooOldBeforeMs = header.tooOldBeforeMs();
    if (forgets()) {
      tooOldBeforeMs = Math.max(tooOldBeforeMs, logTimeMs - retentionMs);
    }
  }

  /** Takes everything back to a header, but for the log time, which a refused command moves too. */
  void reset(LedgerHeader header) {
    nextSeq = header.nextSeq();
    nextDueSecond = header.nextDueSecond();
    nextForgetSecond = header.nextForgetSecond();
  }

  LedgerHeader header() {
    return new LedgerHeader(logTimeMs, nextSeq, nextDueSecond, nextForgetSecond, tooOldBeforeMs);
  }

  Command command() {
    return command;
  }

  long logTimeMs() {
    return logTimeMs;
  }

  long takeSeq() {
    return nextSeq++;
  }

  boolean hasDue() {
    return nextDueSecond <= logTimeMs / MS_PER_SECOND;
  }

  long nextDueSecond() {
    return nextDueSecond;
  }

  void nextDueSecond(long second) {
    nextDueSecond = second;
  }

  void dueAt(long second) {
    nextDueSecond = Math.min(nextDueSecond, second);
  }

  /** The second in which a pending transfer of now is due: rounded up, so never early. */
  long dueSecond(int timeoutSeconds) {
    return (logTimeMs + MS_PER_SECOND - 1) / MS_PER_SECOND + timeoutSeconds;
  }

  boolean forgets() {
    return retentionMs > 0;
  }

  boolean hasForgettable() {
    return forgets() && nextForgetSecond <= logTimeMs / MS_PER_SECOND;
  }

  long nextForgetSecond() {
    return nextForgetSecond;
  }

  void nextForgetSecond(long second) {
    nextForgetSecond = second;
  }

  void forgetAt(long second) {
    nextForgetSecond = Math.min(nextForgetSecond, second);
  }

  /** The first second in which every command with this id is too old, whatever the millisecond. */
  long forgetSecond(UUID id) {
    return (createdMs(id) + retentionMs) / MS_PER_SECOND + 1;
  }

  /** When to look again at an id that is old enough but still reserves money. */
  long reviewSecond() {
    return (logTimeMs + retentionMs) / MS_PER_SECOND + 1;
  }

  boolean isTooOld(UUID id) {
    return id.version() == 7 && createdMs(id) < tooOldBeforeMs;
  }

  private static long createdMs(UUID id) {
    return id.getMostSignificantBits() >>> 16;
  }
}
