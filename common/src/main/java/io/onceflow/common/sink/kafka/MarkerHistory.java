package io.onceflow.common.sink.kafka;

import io.onceflow.common.commit.CommitScope;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.LineageRules.SinkRecord;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.config.OneLine;
import java.io.IOException;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the records of the marker topic, read in order, say about one sink. Used by one thread; as
 * current as the reading of it.
 *
 * <pre>
 *   sink/ID            who owns the sink, its lineage, the newest epoch
 *   run/ID/RUN         a run that has claimed the sink
 *   marker/ID/TXN      an epoch that is committed
 *   subtask/ID/N       scope SUBTASK: the newest epoch of a subtask
 *   member/ID/N        scope SUBTASK: a subtask that may commit, and whose producer a claim fences
 *   fenced/ID          the run whose claim has fenced the members that there were
 * </pre>
 */
public final class MarkerHistory {

  /** Markers that stay; older ones are replaced by the sink's low-water mark. */
  static final int MARKERS_KEPT = 1_000;

  private static final int RUNS_KEPT = 1_000;

  private final SinkId sinkId;
  private final Map<String, String> runs = new LinkedHashMap<>();
  private final Map<String, CommitMarker> markers = new LinkedHashMap<>();
  private final Map<Integer, Newest> subtasks = new TreeMap<>();
  private final Set<Integer> members = new LinkedHashSet<>();
  private Sink sink;
  private String fencedFor = "";

  /**
   * The sink's record.
   *
   * @param record what {@code LineageRules} needs
   * @param lowWaterCheckpointId markers up to this checkpoint may be gone
   */
  record Sink(SinkRecord record, long lowWaterCheckpointId) {}

  /**
   * A subtask's newest epoch.
   *
   * @param lineage the history it belongs to
   * @param checkpointId its checkpoint
   * @param restorePath where that checkpoint is found
   */
  record Newest(String lineage, long checkpointId, String restorePath) {}

  MarkerHistory(SinkId sinkId) {
    this.sinkId = sinkId;
  }

  /** Takes the next record of the topic; those of other sinks change nothing. */
  void accept(String key, byte[] value) throws IOException {
    var parts = key.split("/", 3);
    if (parts.length < 2 || !parts[1].equals(sinkId.value())) {
      return;
    }
    var name = parts.length > 2 ? parts[2] : "";
    var isDeleted = value == null;
    switch (parts[0]) {
      case "sink" -> sink = isDeleted ? null : MarkerJson.sink(value);
      case "run" -> put(runs, name, isDeleted ? null : MarkerJson.lineageOfRun(value));
      case "marker" -> put(markers, name, isDeleted ? null : MarkerJson.marker(value));
      case "subtask" ->
          put(subtasks, Integer.valueOf(name), isDeleted ? null : MarkerJson.newest(value));
      case "fenced" -> fencedFor = isDeleted ? "" : MarkerJson.fencedFor(value);
      case "member" -> members.add(Integer.valueOf(name));
      default ->
          throw new IOException(
              "The marker topic holds a record with key " + OneLine.of(key) + ".");
    }
  }

  private static <K, V> void put(Map<K, V> map, K key, V value) {
    if (value == null) {
      map.remove(key);
    } else {
      map.put(key, value);
    }
  }

  /** All markers that are left, in the order in which they were committed. */
  public Collection<CommitMarker> markers() {
    return List.copyOf(markers.values());
  }

  /** The sink's record, or null when the topic has never heard of it. */
  public SinkRecord known() {
    if (sink == null) {
      return null;
    }
    var record = sink.record();
    var newest =
        subtasks.values().stream()
            .filter(one -> one.lineage().equals(record.lineage()))
            .filter(one -> one.checkpointId() > record.lastCheckpointId())
            .max(Comparator.comparingLong(Newest::checkpointId));
    return newest
        .map(
            one ->
                new SinkRecord(
                    record.lineage(),
                    record.ownerRun(),
                    one.checkpointId(),
                    record.parentLineage(),
                    record.parentCheckpointId(),
                    one.restorePath()))
        .orElse(record);
  }

  /** Markers up to this checkpoint may have been removed; 0 for none. */
  public long lowWaterCheckpointId() {
    return sink == null ? 0 : sink.lowWaterCheckpointId();
  }

  boolean isCommitted(Epoch epoch) {
    return markers.containsKey(epoch.transactionId());
  }

  /** The newest checkpoint of the epoch's subtask in the epoch's lineage. */
  long newestOfSubtask(Epoch epoch) {
    var newest = subtasks.get(epoch.subtask());
    return newest == null || !newest.lineage().equals(epoch.lineage()) ? 0 : newest.checkpointId();
  }

  boolean knowsRun(String runId) {
    return runs.containsKey(runId);
  }

  /** Whether this run owned the sink and another one does now: for good, as runs do not return. */
  boolean isReplaced(String runId) {
    return sink != null && !sink.record().ownerRun().equals(runId) && knowsRun(runId);
  }

  Set<String> otherRuns(OpenRequest request) {
    var others = new LinkedHashSet<>(runs.keySet());
    others.remove(request.runId());
    return others;
  }

  /** The oldest runs beyond those that are kept. */
  List<String> runsToForget() {
    return runs.keySet().stream().limit(Math.max(0, runs.size() - RUNS_KEPT)).toList();
  }

  /** Markers of the epoch's chain beyond the newest, and those of checkpoints long ago. */
  List<CommitMarker> markersToForget(Epoch epoch) {
    var chain =
        markers.values().stream()
            .filter(
                marker -> epoch.scope() == CommitScope.SINK || marker.subtask() == epoch.subtask())
            .toList();
    var beyond = chain.subList(0, Math.max(0, chain.size() - MARKERS_KEPT));
    var old = epoch.checkpointId() - MARKERS_KEPT;
    return chain.stream()
        .filter(
            marker ->
                beyond.contains(marker)
                    || marker.lineage().equals(epoch.lineage()) && marker.checkpointId() <= old)
        .toList();
  }

  /** The run whose claim was the latest to come to its end; empty for none. */
  String fencedFor() {
    return fencedFor;
  }

  boolean isMember(int subtask) {
    return members.contains(subtask);
  }

  Set<Integer> members() {
    return Set.copyOf(members);
  }
}
