package io.onceflow.common.retry;

import java.util.Comparator;
import java.util.TreeSet;

/** Messages that are ready and differ only in how long they have been: the oldest goes first. */
final class Lane {

  static final Comparator<Entry> OLDEST_FIRST =
      Comparator.<Entry>comparingLong(entry -> entry.dueMs)
          .thenComparingLong(entry -> entry.number);

  /**
   * What messages of a lane have in common.
   *
   * @param dependency they need
   * @param priority of them
   * @param retry whether they failed before
   */
  record Kind(String dependency, int priority, boolean retry) {
    static Kind of(Entry entry) {
      return new Kind(entry.dependency, entry.priority, entry.isRetry());
    }
  }

  final Kind kind;
  final TreeSet<Entry> entries = new TreeSet<>(OLDEST_FIRST);

  Lane(Kind kind) {
    this.kind = kind;
  }

  /** How urgent its first message is, in priorities; smaller comes first. */
  double urgency(long nowMs, long agingMs) {
    return kind.priority() - (double) Math.max(0, nowMs - entries.first().dueMs) / agingMs;
  }
}
