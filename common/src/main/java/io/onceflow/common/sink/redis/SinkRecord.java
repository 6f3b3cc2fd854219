package io.onceflow.common.sink.redis;

import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.OpenResult;
import io.onceflow.common.commit.SinkHistory;
import io.onceflow.common.commit.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * A sink's record as it was read: its history, how far an unfinished epoch is, and the token that
 * says whether it is still so. Every write replaces the token by a random one, so it never comes
 * back, not even after the server was set back to a backup. Immutable.
 *
 * @param token empty for a sink that nobody has claimed
 * @param values the fields of {@link SinkHistory}
 * @param unfinished epochs of several chunks that were begun, by field
 */
record SinkRecord(String token, Map<String, String> values, Map<String, Progress> unfinished) {

  /** Markers of epochs that are older than the newest by more checkpoint ids than this go. */
  static final long MARKERS_KEPT = 1_000;

  private static final String TOKEN = "token";
  private static final String LAST = "last";
  private static final String LINEAGE = "lineage";
  private static final String PATH = "restore-path";

  /** Copies the maps. */
  SinkRecord {
    values = Map.copyOf(values);
    unfinished = Map.copyOf(unfinished);
  }

  static SinkRecord of(Map<String, String> fields) throws IOException {
    var values = new TreeMap<>(fields);
    var token = values.remove(TOKEN);
    var unfinished = new TreeMap<String, Progress>();
    for (var field : fields.entrySet()) {
      if (field.getKey().startsWith(Progress.PREFIX)) {
        values.remove(field.getKey());
        unfinished.put(field.getKey(), Progress.read(field.getKey(), field.getValue()));
      }
    }
    return new SinkRecord(token == null ? "" : token, values, unfinished);
  }

  /**
   * A change of the record and what it is afterwards.
   *
   * @param change what the script writes
   * @param after the record once the script has answered
   */
  record Step(ApplyScript.Change change, SinkRecord after) {}

  /**
   * A claim.
   *
   * @param step what it writes, or null when it changes nothing
   * @param result what the caller is told
   */
  record Claim(Step step, OpenResult result) {}

  boolean isCommitted(Epoch epoch) {
    return history(values).isCommitted(epoch);
  }

  /** How far the epoch is. */
  Progress progressOf(Epoch epoch) {
    var known = unfinished.get(Progress.field(epoch));
    return known != null && known.isOf(epoch) ? known : Progress.begin(epoch);
  }

  /**
   * @throws StoreException FENCED when the run may not commit the epoch now
   */
  void requireMayCommit(Epoch epoch, String runId) throws StoreException {
    history(values).commit(epoch, runId, 0);
  }

  /**
   * Claims the sink for a run. An epoch that was begun counts as if it were committed: a start from
   * before it would write its first chunks again.
   *
   * @throws StoreException FENCED when the run must not go on
   */
  Claim claim(OpenRequest request) throws StoreException {
    var asBegun = withUnfinishedAsLast();
    var history = history(asBegun);
    var result = history.claim(request);
    var after = new TreeMap<>(values);
    apply(changed(asBegun, history.values()), gone(asBegun, history.values()), after);
    var last = Long.parseLong(after.getOrDefault(LAST, "0"));
    var told = new OpenResult(result.lineage(), last, result.fencedRuns());
    return new Claim(after.equals(values) ? null : step(after, unfinished, Progress.NONE), told);
  }

  private Map<String, String> withUnfinishedAsLast() {
    var changed = new TreeMap<>(values);
    for (var progress : unfinished.values()) {
      var last = Long.parseLong(changed.getOrDefault(LAST, "0"));
      if (progress.lineage().equals(changed.get(LINEAGE)) && progress.checkpointId() > last) {
        changed.put(LAST, Long.toString(progress.checkpointId()));
        changed.put(PATH, progress.restorePath());
      }
    }
    return changed;
  }

  /** A chunk that is not the epoch's last. */
  Step advance(Progress before, Progress now) {
    var others = new TreeMap<>(unfinished);
    others.put(now.field(), now);
    return step(values, others, before);
  }

  /**
   * The epoch's last chunk: its marker, and nothing of it is unfinished any more.
   *
   * @throws StoreException FENCED when the run may not commit the epoch now
   */
  Step commit(Epoch epoch, String runId, Progress before, long rejected) throws StoreException {
    var history = history(values);
    history.commit(epoch, runId, rejected);
    var others = new TreeMap<>(unfinished);
    others.remove(before.field());
    return step(history.values(), others, before);
  }

  private Step step(
      Map<String, String> after, Map<String, Progress> unfinishedAfter, Progress before) {
    var next = new SinkRecord(UUID.randomUUID().toString(), after, unfinishedAfter);
    var had = fields();
    var has = next.fields();
    var change =
        new ApplyScript.Change(token, next.token, gone(had, has), changed(had, has), before);
    return new Step(change, next);
  }

  /** All fields but the token. */
  private Map<String, String> fields() {
    var fields = new TreeMap<>(values);
    unfinished.forEach((field, progress) -> fields.put(field, progress.text()));
    return fields;
  }

  private static SinkHistory history(Map<String, String> values) {
    return new SinkHistory(values, MARKERS_KEPT);
  }

  private static Map<String, String> changed(Map<String, String> had, Map<String, String> has) {
    var changed = new TreeMap<>(has);
    changed.entrySet().removeIf(entry -> entry.getValue().equals(had.get(entry.getKey())));
    return changed;
  }

  private static List<String> gone(Map<String, String> had, Map<String, String> has) {
    var gone = new ArrayList<>(had.keySet());
    gone.removeAll(has.keySet());
    return gone;
  }

  private static void apply(
      Map<String, String> changed, List<String> gone, Map<String, String> values) {
    values.keySet().removeAll(gone);
    values.putAll(changed);
  }
}
