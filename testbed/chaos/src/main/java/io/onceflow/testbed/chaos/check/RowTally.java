package io.onceflow.testbed.chaos.check;

import io.onceflow.testbed.chaos.check.StoreView.Row;
import io.onceflow.testbed.chaos.truth.TruthLog;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The rows that are visible, counted against the truth: two legs for each transfer. What was read
 * since the last {@link #settle} can be taken back, because the next reading brings it again.
 */
final class RowTally {

  /** A key's rows of one account pass one path through the job, so they stay in order. */
  private record Path(int key, int account) {}

  private final TruthLog truth;
  private final BitSet present = new BitSet();
  private final List<Row> unsettled = new ArrayList<>();
  private final BitSet presentSinceSettled = new BitSet();
  private final Map<Long, Long> rowsOfEpoch = new HashMap<>();
  private final Map<Path, Long> newestOfPath = new HashMap<>();
  private long sum;
  private Counts settled = new Counts(0, 0);
  private Counts counts = settled;

  /**
   * What is wrong with single rows.
   *
   * @param duplicated rows beyond the first
   * @param unexpected rows that nobody sent so
   */
  record Counts(long duplicated, long unexpected) {}

  RowTally(TruthLog truth) {
    this.truth = truth;
  }

  /** Takes a reading in, in place of the one before. */
  void take(StoreView.Seen seen, List<String> examples) {
    takeBack();
    if (seen.fromStart()) {
      clear();
    }
    unsettled.addAll(seen.rows());
    seen.rows().forEach(row -> count(row, examples));
  }

  private void count(Row row, List<String> examples) {
    sum += row.amount();
    rowsOfEpoch.merge(row.epoch() == null ? -1 : row.epoch(), 1L, Long::sum);
    var position = truth.find(row.key(), row.seq());
    if (position < 0 || !isAsSent(row, position)) {
      counts = new Counts(counts.duplicated, counts.unexpected + 1);
      examples.add("Nobody sent what this row says: %s.".formatted(row));
      return;
    }
    var bit = bit(position, row.leg());
    if (present.get(bit)) {
      counts = new Counts(counts.duplicated + 1, counts.unexpected);
      examples.add("This row is there once more: %s.".formatted(row));
    } else {
      present.set(bit);
      presentSinceSettled.set(bit);
    }
    newestOfPath.merge(new Path(row.key(), row.account()), row.seq(), Math::max);
  }

  private boolean isAsSent(Row row, long position) {
    var transfer = truth.at(position);
    return (row.leg() == 0 || row.leg() == 1)
        && row.account() == transfer.account(row.leg())
        && row.amount() == transfer.amount(row.leg())
        && row.crc() == transfer.crc();
  }

  private void takeBack() {
    for (var row : unsettled) {
      sum -= row.amount();
      rowsOfEpoch.merge(row.epoch() == null ? -1 : row.epoch(), -1L, Long::sum);
    }
    present.andNot(presentSinceSettled);
    presentSinceSettled.clear();
    unsettled.clear();
    counts = settled;
  }

  private void clear() {
    present.clear();
    rowsOfEpoch.clear();
    sum = 0;
    settled = new Counts(0, 0);
    counts = settled;
  }

  /** What was taken in last is final. */
  void settle() {
    unsettled.clear();
    presentSinceSettled.clear();
    settled = counts;
  }

  Counts counts() {
    return counts;
  }

  /** What all rows add up to. */
  long sum() {
    return sum;
  }

  /** Visible rows by the number of their epoch; -1 for those that do not say. */
  Map<Long, Long> rowsOfEpoch() {
    return rowsOfEpoch;
  }

  /** Numbers of the rows, {@code 2 * position + leg}, that are not there yet. */
  List<Integer> missing(long position) {
    var missing = new ArrayList<Integer>();
    for (var bit = present.nextClearBit(0);
        bit < 2 * position;
        bit = present.nextClearBit(bit + 1)) {
      missing.add(bit);
    }
    return missing;
  }

  /** Whether a later row went the path that this missing one should have gone before it. */
  boolean isOvertaken(int missing) {
    var transfer = truth.at(missing / 2);
    var newest = newestOfPath.get(new Path(transfer.key(), transfer.account(missing % 2)));
    return newest != null && newest > transfer.seq();
  }

  String describe(int missing) {
    return "leg %d of %s".formatted(missing % 2, truth.at(missing / 2));
  }

  private static int bit(long position, int leg) {
    return (int) (2 * position + leg);
  }
}
