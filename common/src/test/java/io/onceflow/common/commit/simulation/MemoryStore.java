package io.onceflow.common.commit.simulation;

import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.LineageRules;
import io.onceflow.common.commit.LineageRules.SinkRecord;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.OpenResult;
import io.onceflow.common.commit.PreparedTransaction;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * One sink's store in memory, with an oracle in it: inputs are numbered, so whoever decides on an
 * epoch must hold exactly the inputs that come next.
 */
final class MemoryStore {

  private final SinkId sinkId;
  private final Set<Defect> defects;
  private final Map<String, List<Integer>> everPrepared = new HashMap<>();
  private final Map<String, List<Integer>> prepared = new LinkedHashMap<>();
  private final Set<String> markers = new HashSet<>();
  private final Map<String, String> epochOfCheckpoint = new HashMap<>();
  private final Map<String, Epoch> decided = new HashMap<>();
  private final Set<String> finished = new HashSet<>();
  private final Map<String, String> epochOfTransaction = new HashMap<>();
  private final Set<String> blockers = new TreeSet<>();
  private final Set<String> rolledBackByHand = new HashSet<>();
  private final Set<Integer> rows = new TreeSet<>();
  private final Set<String> runs = new HashSet<>();

  private SinkRecord record;
  private int lineages;
  private int next;
  private int restarts;

  MemoryStore(SinkId sinkId, Set<Defect> defects) {
    this.sinkId = sinkId;
    this.defects = defects;
  }

  SinkId sinkId() {
    return sinkId;
  }

  boolean has(Defect defect) {
    return defects.contains(defect);
  }

  /** Everything that is not prepared or committed is gone, and so are all connections. */
  void restart() {
    restarts++;
  }

  int restarts() {
    return restarts;
  }

  OpenResult open(OpenRequest request) throws StoreException {
    var decision = LineageRules.decide(record, runs.contains(request.runId()), request);
    if (decision instanceof LineageRules.Refuse refuse) {
      if (!has(Defect.NO_LINEAGE) || record == null) {
        throw new StoreException(ErrorClass.FENCED, refuse.message(), null);
      }
      decision = new LineageRules.Continue();
    }
    if (decision instanceof LineageRules.Begin begin) {
      begin(request, begin.lastCheckpointId());
    } else {
      record = owned(record, request.runId(), record.lastCheckpointId(), record.lastRestorePath());
    }
    runs.add(request.runId());
    var others = new HashSet<>(runs);
    others.remove(request.runId());
    return new OpenResult(record.lineage(), record.lastCheckpointId(), others);
  }

  private void begin(OpenRequest request, long last) {
    var parent = request.lineage();
    if (parent == null && record != null && record.hasHistory()) {
      parent = record.lineage();
    }
    record = new SinkRecord("l" + ++lineages, request.runId(), last, parent, last, null);
  }

  private static SinkRecord owned(SinkRecord known, String run, long last, String path) {
    return new SinkRecord(
        known.lineage(), run, last, known.parentLineage(), known.parentCheckpointId(), path);
  }

  /**
   * @return false when another prepared transaction holds a key: the writer waits, and gives up
   */
  boolean prepare(String id, List<Integer> inputs) {
    if (isHeld(inputs)) {
      return false;
    }
    if (everPrepared.put(id, List.copyOf(inputs)) != null) {
      throw new Violation("Transaction %s was prepared twice.", id);
    }
    prepared.put(id, List.copyOf(inputs));
    return true;
  }

  /** Every input is a unique key. */
  private boolean isHeld(List<Integer> inputs) {
    return !holders(inputs).isEmpty();
  }

  private List<String> holders(List<Integer> inputs) {
    return prepared.entrySet().stream()
        .filter(entry -> !Collections.disjoint(entry.getValue(), inputs))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** The operator's way out when rows wait for what nobody lists any more. */
  boolean rollBackBlockers() {
    blockers.retainAll(prepared.keySet());
    blockers.removeAll(epochOfTransaction.keySet());
    blockers.forEach(this::rollBack);
    return !blockers.isEmpty();
  }

  void decide(Epoch epoch, String runId) throws StoreException {
    var isOwner = record != null && record.ownerRun().equals(runId);
    if (isOwner && decided.containsKey(epoch.transactionId())) {
      return;
    }
    follow(epoch, runId);
    decided.put(epoch.transactionId(), epoch);
    epoch.transactions().forEach(tx -> epochOfTransaction.put(tx.id(), epoch.transactionId()));
    expectNext(epoch);
  }

  private void follow(Epoch epoch, String runId) throws StoreException {
    if (!has(Defect.SKIP_DECIDE)) {
      var run = has(Defect.NO_FENCE) && record != null ? record.ownerRun() : runId;
      var known =
          has(Defect.NO_CHAIN) && record != null
              ? owned(record, record.ownerRun(), epoch.previousCheckpointId(), null)
              : record;
      var refusal = LineageRules.refuseCommit(known, run, epoch, 0);
      if (refusal != null) {
        throw new StoreException(ErrorClass.FENCED, refusal, null);
      }
    }
    if (epoch.checkpointId() >= record.lastCheckpointId()) {
      record = owned(record, record.ownerRun(), epoch.checkpointId(), epoch.restorePath());
    }
  }

  /** The oracle: what is decided continues the input without a gap, a repetition or a swap. */
  private void expectNext(Epoch epoch) {
    var inputs = new TreeSet<>(inputs(epoch));
    for (var input : inputs) {
      if (input != next) {
        throw new Violation(
            "Sink %s: the epoch of checkpoint %d (%s) holds inputs %s, but %d comes next.",
            sinkId, epoch.checkpointId(), epoch.transactionId(), inputs, next);
      }
      next++;
    }
  }

  private List<Integer> inputs(Epoch epoch) {
    var inputs = new ArrayList<Integer>();
    epoch.transactions().stream()
        .map(PreparedTransaction::id)
        .forEach(id -> inputs.addAll(everPrepared.get(id)));
    inputs.addAll(parts(epoch));
    return inputs;
  }

  private static List<Integer> parts(Epoch epoch) {
    var inputs = new ArrayList<Integer>();
    for (var part : epoch.parts()) {
      for (var input : part.inline()) {
        inputs.add((int) input);
      }
    }
    return inputs;
  }

  boolean isMarked(String id) {
    return markers.contains(id);
  }

  /**
   * @return false when it is neither prepared nor marked
   */
  boolean commit(String id) {
    var inputs = prepared.remove(id);
    if (inputs == null) {
      return markers.contains(id) || has(Defect.NO_MARKER_LOOKUP);
    }
    markers.add(id);
    insert(inputs, id);
    return true;
  }

  private void insert(List<Integer> inputs, String by) {
    for (var input : inputs) {
      if (!rows.add(input)) {
        throw new Violation("Sink %s: %s writes input %d a second time.", sinkId, by, input);
      }
    }
  }

  /** By the protocol: never what is being committed. */
  void rollBack(String id) {
    var epoch = epochOfTransaction.get(id);
    if (prepared.remove(id) != null && epoch != null) {
      throw new Violation(
          "Sink %s: %s is rolled back, and its epoch %s is decided.", sinkId, id, epoch);
    }
  }

  /** By somebody who should not. */
  void rollBackByHand(String id) {
    prepared.remove(id);
    rolledBackByHand.add(id);
  }

  Set<String> rolledBackByHand() {
    return rolledBackByHand;
  }

  List<String> inDoubt() {
    return List.copyOf(prepared.keySet());
  }

  /**
   * @return whether it was finished before
   */
  boolean finish(Epoch epoch, String runId) throws StoreException {
    if (finished.contains(epoch.transactionId()) && !has(Defect.FINISH_TWICE)) {
      return true;
    }
    var isOwner = record.ownerRun().equals(runId) || has(Defect.NO_FENCE);
    if (!isOwner || !decided.containsKey(epoch.transactionId())) {
      throw new StoreException(ErrorClass.FENCED, "Not the owner, or not decided.", null);
    }
    if (isHeld(parts(epoch))) {
      blockers.addAll(holders(parts(epoch)));
      throw new StoreException(
          ErrorClass.TRANSIENT, "Lock timeout behind " + holders(parts(epoch)), null);
    }
    insert(parts(epoch), epoch.transactionId());
    finished.add(epoch.transactionId());
    return false;
  }

  /**
   * @return whether it was applied before
   */
  boolean apply(Epoch epoch, String runId) throws StoreException {
    if (markers.contains(epoch.transactionId()) && !has(Defect.NO_MARKER)) {
      return true;
    }
    var place = epoch.lineage() + "/" + epoch.checkpointId();
    if (epochOfCheckpoint.containsKey(place) && !has(Defect.NO_MARKER)) {
      throw new StoreException(ErrorClass.FENCED, "Another transaction was there: " + place, null);
    }
    if (!has(Defect.NO_MARKER) || !markers.contains(epoch.transactionId())) {
      follow(epoch, runId);
    }
    markers.add(epoch.transactionId());
    epochOfCheckpoint.put(place, epoch.transactionId());
    insert(parts(epoch), epoch.transactionId());
    expectNext(epoch);
    return false;
  }

  /** The oracle at the end. */
  void expectExactly(int inputs) {
    for (var input = 0; input < inputs; input++) {
      if (!rows.contains(input)) {
        throw new Violation("Sink %s: input %d is missing, there is %s.", sinkId, input, rows);
      }
    }
    if (rows.size() != inputs) {
      throw new Violation("Sink %s: more than %d inputs: %s.", sinkId, inputs, rows);
    }
    if (!prepared.isEmpty()) {
      throw new Violation("Sink %s: still in doubt: %s.", sinkId, prepared.keySet());
    }
  }
}
