package io.onceflow.common.commit;

import io.onceflow.common.commit.LineageRules.Begin;
import io.onceflow.common.commit.LineageRules.Refuse;
import io.onceflow.common.commit.LineageRules.SinkRecord;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * One sink's record, runs and newest markers as a small map of texts, for stores that have no
 * columns to keep them in. A transaction of the store reads the map, changes it by {@link #claim}
 * or {@link #commit}, and writes it back in the same atomic step as the epoch's rows. Asks {@link
 * LineageRules}; not thread-safe.
 */
public final class SinkHistory {

  private static final String RUN = "run.";
  private static final String MARKER = "marker.";
  private static final String SUBTASK = "subtask.";
  private static final String PENDING = "pending.";
  private static final int PENDING_FIELDS = 5;
  private static final String LAST = "last";
  private static final String LINEAGE = "lineage";
  private static final String PARENT = "parent-lineage";
  private static final String PARENT_LAST = "parent-checkpoint";
  private static final String OWNER = "owner-run";
  private static final String PATH = "restore-path";

  private final Map<String, String> values;
  private final long markersKept;

  /**
   * @param values what {@link #values()} returned when it was last stored; empty for a new sink
   * @param markersKept markers of epochs that are older than the newest by more checkpoint ids than
   *     this are dropped; an epoch that old is refused loudly
   */
  public SinkHistory(Map<String, String> values, long markersKept) {
    this.values = new TreeMap<>(values);
    this.markersKept = markersKept;
  }

  /** What to store; texts without line breaks. */
  public Map<String, String> values() {
    return Map.copyOf(values);
  }

  /**
   * Claims the sink for a run.
   *
   * @throws StoreException FENCED when the run must not go on
   */
  public OpenResult claim(OpenRequest request) throws StoreException {
    var known = sinkAsBegun();
    var seenBefore = values.containsKey(RUN + request.runId());
    var decision = LineageRules.decide(known, seenBefore, request);
    if (decision instanceof Refuse refuse) {
      throw new StoreException(ErrorClass.FENCED, refuse.message(), null);
    }
    if (decision instanceof Begin begin) {
      var left = known != null && known.hasHistory() ? known.lineage() : null;
      set(PARENT, request.lineage() == null ? left : request.lineage());
      set(PARENT_LAST, Long.toString(begin.lastCheckpointId()));
      set(LAST, Long.toString(begin.lastCheckpointId()));
      set(LINEAGE, UUID.randomUUID().toString());
      set(PATH, null);
      values.keySet().removeIf(name -> name.startsWith(SUBTASK));
    }
    set(OWNER, request.runId());
    set(RUN + request.runId(), "");
    return new OpenResult(values.get(LINEAGE), number(LAST), runsBut(request.runId()));
  }

  /**
   * Notes, for a store that cannot write an epoch and its marker in one step, that rows of the
   * epoch may be there from now on. Until its marker is there it counts as begun: a start from an
   * older checkpoint is a rewind, as it would write those rows again. Beginning it again changes
   * nothing.
   *
   * @param note one word that {@link #noteOf} returns to whoever goes on
   * @throws StoreException FENCED when the run may not commit the epoch now
   */
  public void begin(Epoch epoch, String runId, String note) throws StoreException {
    requireMayCommit(epoch, runId);
    if (noteOf(epoch) == null) {
      var words =
          List.of(
              epoch.transactionId(),
              epoch.lineage(),
              Long.toString(epoch.checkpointId()),
              note,
              epoch.restorePath());
      set(PENDING + epoch.subtask(), String.join(" ", words));
    }
  }

  /** The note of an epoch that was begun and has no marker, else null. */
  public String noteOf(Epoch epoch) {
    var pending = pending(PENDING + epoch.subtask());
    return pending != null && pending[0].equals(epoch.transactionId()) ? pending[3] : null;
  }

  private String[] pending(String name) {
    var text = values.get(name);
    return text == null ? null : text.split(" ", PENDING_FIELDS);
  }

  /** Whether the epoch's marker is there: then nothing of it may be written again. */
  public boolean isCommitted(Epoch epoch) {
    return values.containsKey(MARKER + epoch.transactionId());
  }

  /**
   * Adds the marker of an epoch that is not committed.
   *
   * @throws StoreException FENCED when the run may not commit it now
   */
  public void commit(Epoch epoch, String runId, long rejectedRows) throws StoreException {
    requireMayCommit(epoch, runId);
    var subtask = SUBTASK + epoch.subtask();
    var id = epoch.checkpointId();
    set(PENDING + epoch.subtask(), null);
    set(MARKER + epoch.transactionId(), "%d %d %d".formatted(id, epoch.rows(), rejectedRows));
    set(subtask, Long.toString(id));
    if (id >= number(LAST)) {
      set(LAST, Long.toString(id));
      set(PATH, epoch.restorePath());
    }
    var oldest = number(LAST) - markersKept;
    values
        .entrySet()
        .removeIf(entry -> entry.getKey().startsWith(MARKER) && checkpointOf(entry) <= oldest);
  }

  private void requireMayCommit(Epoch epoch, String runId) throws StoreException {
    var newest = number(SUBTASK + epoch.subtask());
    var refusal = LineageRules.refuseCommit(sink(), runId, epoch, newest);
    if (refusal != null) {
      throw new StoreException(ErrorClass.FENCED, refusal, null);
    }
  }

  /** An epoch that was begun counts as if it were committed. */
  private SinkRecord sinkAsBegun() {
    var known = sink();
    for (var name : values.keySet()) {
      var pending = name.startsWith(PENDING) ? pending(name) : null;
      if (known != null && pending != null && pending[1].equals(known.lineage())) {
        known = known.at(Long.parseLong(pending[2]), pending[4]);
      }
    }
    return known;
  }

  private SinkRecord sink() {
    return values.containsKey(LINEAGE)
        ? new SinkRecord(
            values.get(LINEAGE),
            values.get(OWNER),
            number(LAST),
            values.get(PARENT),
            number(PARENT_LAST),
            values.get(PATH))
        : null;
  }

  private Set<String> runsBut(String runId) {
    return values.keySet().stream()
        .filter(name -> name.startsWith(RUN) && !name.equals(RUN + runId))
        .map(name -> name.substring(RUN.length()))
        .collect(Collectors.toSet());
  }

  private static long checkpointOf(Map.Entry<String, String> marker) {
    return Long.parseLong(marker.getValue().substring(0, marker.getValue().indexOf(' ')));
  }

  private long number(String name) {
    return Long.parseLong(values.getOrDefault(name, "0"));
  }

  private void set(String name, String value) {
    if (value == null) {
      values.remove(name);
    } else {
      values.put(name, value);
    }
  }
}
