package io.onceflow.testbed.chaos.check;

import io.onceflow.testbed.chaos.check.StoreView.MarkerRow;
import io.onceflow.testbed.chaos.check.StoreView.Row;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * O3: in the order of the commits a key's rows of one account never step back. The order is that of
 * the checkpoints, and within one that of writing. Repeated rows and rows without a marker are
 * counted elsewhere.
 */
final class Order {

  private record Path(int key, int account) {}

  private record Numbered(long checkpoint, Row row) {}

  private Map<Path, Long> newest = new HashMap<>();
  private Set<List<Long>> seen = new HashSet<>();
  private long steps;

  /**
   * Follows rows that come after all those it was given before, or all rows anew.
   *
   * @return all steps back
   */
  long follow(StoreView.Seen reading, List<String> examples) {
    if (reading.fromStart()) {
      newest = new HashMap<>();
      seen = new HashSet<>();
      steps = 0;
    }
    for (var row : inOrder(reading)) {
      if (seen.add(List.of((long) row.key(), row.seq(), (long) row.leg()))) {
        var before = newest.merge(new Path(row.key(), row.account()), row.seq(), Math::max);
        if (before > row.seq()) {
          steps++;
          examples.add("After number %d of its key came %s.".formatted(before, row));
        }
      }
    }
    return steps;
  }

  private static List<Row> inOrder(StoreView.Seen reading) {
    var checkpoints = new HashMap<Long, Long>();
    for (MarkerRow marker : reading.markers()) {
      var isUnfinished = marker.checkpoint() == null;
      checkpoints.put(marker.epoch(), isUnfinished ? Long.MAX_VALUE : marker.checkpoint());
    }
    var numbered = new ArrayList<Numbered>();
    for (var row : reading.rows()) {
      if (checkpoints.isEmpty()) {
        numbered.add(new Numbered(0, row)); // a peer's
      } else if (row.epoch() != null && checkpoints.containsKey(row.epoch())) {
        numbered.add(new Numbered(checkpoints.get(row.epoch()), row));
      }
    }
    numbered.sort(
        Comparator.comparingLong(Numbered::checkpoint).thenComparingLong(one -> one.row().place()));
    return numbered.stream().map(Numbered::row).toList();
  }
}
