package io.onceflow.common.commit.conformance;

import io.onceflow.common.commit.CommitScope;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.OnRewind;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.PreparedTransaction;
import io.onceflow.common.commit.RowRejectedException;
import io.onceflow.common.commit.SegmentPart;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.StoreSession;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * One sink as its job's operators see it: makes the epochs of a history, one after the other, and
 * opens sessions of its runs. What a job keeps in its checkpoints is kept here.
 */
final class TestSink {

  private final Protocol protocol;
  private final SinkId id;
  private final OnReject onReject;
  private final String incarnation = UUID.randomUUID().toString().replace("-", "");
  private final Map<Integer, Long> lastOfSubtask = new HashMap<>();
  private String lineage;
  private long sequence;

  TestSink(Protocol protocol, String id, OnReject onReject) {
    this.protocol = protocol;
    this.id = new SinkId(id);
    this.onReject = onReject;
  }

  static String newRun() {
    return UUID.randomUUID().toString();
  }

  SinkId id() {
    return id;
  }

  String lineage() {
    return lineage;
  }

  /** The checkpoint of the newest epoch that was made. */
  long last() {
    return lastOfSubtask.values().stream().mapToLong(Long::longValue).max().orElse(0);
  }

  /** A session that has claimed the sink, restored from the newest checkpoint that was made. */
  StoreSession open(String runId) throws StoreException {
    return open(runId, last(), OnRewind.FAIL);
  }

  /** A session that has claimed the sink for a job restored from this checkpoint; 0 for none. */
  StoreSession open(String runId, long restored, OnRewind onRewind) throws StoreException {
    var session = session(runId);
    try {
      session.preflight();
      lineage = session.open(request(runId, restored, onRewind)).lineage();
      return session;
    } catch (StoreException e) {
      session.close();
      throw e;
    }
  }

  /** A session that has claimed nothing. */
  StoreSession session(String runId) {
    return protocol.createSession(id, runId, onReject);
  }

  OpenRequest request(String runId, long restored, OnRewind onRewind) {
    return new OpenRequest(
        id,
        runId,
        restored == 0 ? null : lineage,
        restored == 0 ? OptionalLong.empty() : OptionalLong.of(restored),
        onRewind);
  }

  /** The epoch that follows the newest one. */
  Epoch next(List<TestRow> rows) throws StoreException, RowRejectedException {
    return next(last() + 1, rows);
  }

  /** The epoch that follows the newest one, of a later checkpoint than the next. */
  Epoch next(long checkpointId, List<TestRow> rows) throws StoreException, RowRejectedException {
    return protocol.seal(nextEmpty(checkpointId), List.of(rows), onReject);
  }

  /** The epoch that follows the newest one, from several writers. */
  Epoch nextOfWriters(List<List<TestRow>> rowsOfWriters)
      throws StoreException, RowRejectedException {
    return protocol.seal(nextEmpty(last() + 1), rowsOfWriters, onReject);
  }

  Epoch nextEmpty(long checkpointId) {
    var previous = lastOfSubtask.put(0, checkpointId);
    return empty(CommitScope.SINK, 0, previous == null ? 0 : previous, checkpointId);
  }

  /** An epoch at any place of the history. The newest epoch stays what it was. */
  Epoch after(long previousCheckpointId, long checkpointId, List<TestRow> rows)
      throws StoreException, RowRejectedException {
    return protocol.seal(
        empty(CommitScope.SINK, 0, previousCheckpointId, checkpointId), List.of(rows), onReject);
  }

  /** One subtask's part of a checkpoint, as scope SUBTASK makes them. */
  Epoch ofSubtask(int subtask, long checkpointId, List<TestRow> rows)
      throws StoreException, RowRejectedException {
    var previous = lastOfSubtask.put(subtask, checkpointId);
    var empty = empty(CommitScope.SUBTASK, subtask, previous == null ? 0 : previous, checkpointId);
    return protocol.seal(empty, List.of(rows), onReject);
  }

  private Epoch empty(CommitScope scope, int subtask, long previous, long checkpointId) {
    return new Epoch(
        id,
        lineage,
        checkpointId,
        previous,
        scope,
        subtask,
        "of.%s.%s.%d.%d".formatted(id, incarnation, subtask, sequence++),
        Long.MIN_VALUE,
        1_000,
        "/checkpoints/chk-" + checkpointId,
        List.of(),
        List.of(),
        List.of());
  }

  static Epoch withParts(Epoch epoch, List<SegmentPart> parts) {
    return with(epoch, parts, List.of());
  }

  static Epoch with(Epoch epoch, List<SegmentPart> parts, List<PreparedTransaction> transactions) {
    return epoch.with(parts, transactions, List.of());
  }
}
