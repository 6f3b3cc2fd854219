package io.onceflow.testbed.chaos.check;

import io.onceflow.testbed.chaos.check.StoreView.MarkerRow;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the markers may say (O8), and what they say about the rows (O5, O6). Findings are kept by
 * what they are about, so that looking again does not count them again.
 */
final class MarkerHistory {

  private final Map<String, MarkerRow> known = new LinkedHashMap<>();
  private final Set<String> illegal = new HashSet<>();
  private final Set<String> torn = new HashSet<>();

  /** The most rows of each epoch that were there without a marker. */
  private final Map<Long, Long> dirty = new HashMap<>();

  void check(StoreView.Seen seen, Map<Long, Long> rowsOfEpoch, List<String> examples) {
    seen.problems().forEach(problem -> note(illegal, problem, examples));
    checkMemory(seen.markers(), examples);
    checkChain(seen.markers(), examples);
    checkRows(seen.markers(), rowsOfEpoch, examples);
  }

  /** No epoch is under way any more, so every marker has its checkpoint. */
  void checkFinished(List<MarkerRow> markers, List<String> examples) {
    for (var marker : markers) {
      if (marker.checkpoint() == null) {
        note(illegal, "The job has ended and %s is not finished.".formatted(marker), examples);
      }
    }
  }

  /** A marker that was there stays as it was; what was open in it is filled in once. */
  private void checkMemory(List<MarkerRow> markers, List<String> examples) {
    var now = new HashMap<String, MarkerRow>();
    for (var marker : markers) {
      if (now.put(marker.id(), marker) != null) {
        note(illegal, "Transaction %s has two markers.".formatted(marker.id()), examples);
      }
    }
    for (var before : known.values()) {
      var after = now.get(before.id());
      if (after == null || !isSame(before, after)) {
        note(
            illegal,
            "The marker %s is now %s.".formatted(before, after == null ? "gone" : after),
            examples);
      }
    }
    known.putAll(now);
  }

  private static boolean isSame(MarkerRow before, MarkerRow after) {
    return before.epoch() == after.epoch()
        && before.rows() == after.rows()
        && isKept(before.checkpoint(), after.checkpoint())
        && isKept(before.lineage(), after.lineage())
        && isKept(before.decision(), after.decision())
        && isKept(before.previous(), after.previous());
  }

  private static boolean isKept(Object before, Object after) {
    return before == null || before.equals(after);
  }

  /** One lineage; in the order of commits the checkpoints rise, and each names the one before. */
  private void checkChain(List<MarkerRow> markers, List<String> examples) {
    MarkerRow before = null;
    for (var marker : markers) {
      if (marker.checkpoint() == null) {
        continue; // of an epoch that is being committed
      }
      if (before != null && !follows(before, marker)) {
        note(illegal, "The marker %s came after %s.".formatted(marker, before), examples);
      }
      before = marker;
    }
  }

  private static boolean follows(MarkerRow before, MarkerRow marker) {
    // The transactions of one prepared epoch have a marker each, in any order.
    var isSameEpoch = marker.decision() != null && marker.decision().equals(before.decision());
    return marker.lineage().equals(before.lineage())
        && (isSameEpoch
            ? marker.checkpoint().equals(before.checkpoint())
            : marker.checkpoint() > before.checkpoint())
        && (marker.previous() == null || marker.previous().equals(before.checkpoint()));
  }

  private void checkRows(
      List<MarkerRow> markers, Map<Long, Long> rowsOfEpoch, List<String> examples) {
    var unexplained = new HashMap<>(rowsOfEpoch);
    for (var marker : markers) {
      var there = unexplained.remove(marker.epoch());
      if ((there == null ? 0 : there) != marker.rows()) {
        note(
            torn,
            "Epoch %d has %d rows and its marker %s says %d."
                .formatted(marker.epoch(), there == null ? 0 : there, marker.id(), marker.rows()),
            examples);
      }
    }
    unexplained.values().removeIf(rows -> rows == 0);
    unexplained.forEach((epoch, rows) -> dirty.merge(epoch, rows, Math::max));
    if (!unexplained.isEmpty()) {
      examples.add("Rows of these epochs have no marker: %s.".formatted(unexplained));
    }
  }

  private static void note(Set<String> findings, String finding, List<String> examples) {
    if (findings.add(finding)) {
      examples.add(finding);
    }
  }

  long illegal() {
    return illegal.size();
  }

  long torn() {
    return torn.size();
  }

  /** The most rows of each epoch that were there without a marker; -1 for rows of none. */
  Map<Long, Long> dirty() {
    return dirty;
  }

  /** Epochs that are committed and finished. */
  long epochs() {
    return known.values().stream()
        .map(MarkerRow::checkpoint)
        .filter(java.util.Objects::nonNull)
        .distinct()
        .count();
  }
}
