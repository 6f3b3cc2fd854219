package io.onceflow.common.sink.peer;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntPredicate;

/**
 * The difference between the rows that should be there and those that were read, as multisets. Not
 * thread-safe.
 *
 * @param <T> a row
 */
final class RowTally<T extends Comparable<T>> {

  /** Copies still to come; a negative number of them was read too often. None has 0. */
  private final Map<T, Integer> open = new TreeMap<>();

  RowTally(Collection<T> expected) {
    expected.forEach(row -> add(row, 1));
  }

  void read(Collection<T> rows) {
    rows.forEach(row -> add(row, -1));
  }

  private void add(T row, int copies) {
    open.merge(row, copies, (before, more) -> before + more == 0 ? null : before + more);
  }

  /** Rows of which a copy has not come yet, in order. */
  List<T> missing() {
    return rows(copies -> copies > 0);
  }

  /** Rows that came more often than expected, or were not expected at all, in order. */
  List<T> surplus() {
    return rows(copies -> copies < 0);
  }

  private List<T> rows(IntPredicate copies) {
    return open.entrySet().stream()
        .filter(entry -> copies.test(entry.getValue()))
        .map(Map.Entry::getKey)
        .toList();
  }
}
