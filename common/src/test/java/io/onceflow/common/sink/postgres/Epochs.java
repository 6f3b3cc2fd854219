package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.CommitScope;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.OnRewind;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.RowBuffer;
import io.onceflow.common.commit.RowRejectedException;
import io.onceflow.common.commit.SegmentPart;
import io.onceflow.common.commit.SegmentReader;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StagedSession;
import io.onceflow.common.commit.StagedStore;
import io.onceflow.common.commit.StoreException;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.zip.CRC32C;

/** Makes epochs by hand, for tests that talk to a session without Flink. */
public final class Epochs<T> {

  /** The sink of all epochs made here. */
  public static final SinkId SINK = new SinkId("test-sink");

  private final StagedStore<T> store;
  private final String runId = UUID.randomUUID().toString();
  private final Map<Integer, Long> lastOfSubtask = new HashMap<>();
  private String lineage;

  /** Makes epochs of a new run of a store's sink. */
  public Epochs(StagedStore<T> store) {
    this.store = store;
  }

  /** A session that has claimed the sink. */
  public StagedSession open() throws StoreException {
    return open(OnReject.DEAD_LETTER);
  }

  /** A session that has claimed the sink, with a choice for bad rows. */
  public StagedSession open(OnReject onReject) throws StoreException {
    var session = store.createSession(SINK, runId, onReject);
    session.preflight();
    lineage =
        session
            .open(new OpenRequest(SINK, runId, lineage, OptionalLong.empty(), OnRewind.FAIL))
            .lineage();
    return session;
  }

  /** Reads the parts of epochs made here. */
  public static SegmentReader segments() {
    return new SegmentReader();
  }

  /** The next epoch. */
  public Epoch epoch(long checkpointId, List<? extends T> values) throws RowRejectedException {
    return epoch(checkpointId, encode(values));
  }

  /** The next epoch, of parts made before. */
  public Epoch epoch(long checkpointId, ArrayList<SegmentPart> parts) {
    return epoch(CommitScope.SINK, 0, checkpointId, last(0, checkpointId), parts);
  }

  /** One subtask's part of a checkpoint, as scope SUBTASK makes them. */
  public Epoch epoch(int subtask, long checkpointId, ArrayList<SegmentPart> parts) {
    return epoch(CommitScope.SUBTASK, subtask, checkpointId, last(subtask, checkpointId), parts);
  }

  /** An epoch that follows another one than the last that was made here. */
  public Epoch after(long previousCheckpointId, long checkpointId, List<? extends T> values)
      throws RowRejectedException {
    return epoch(CommitScope.SINK, 0, checkpointId, previousCheckpointId, encode(values));
  }

  private long last(int subtask, long checkpointId) {
    var last = lastOfSubtask.put(subtask, checkpointId);
    return last == null ? 0 : last;
  }

  private Epoch epoch(
      CommitScope scope,
      int subtask,
      long checkpointId,
      long previousCheckpointId,
      ArrayList<SegmentPart> parts) {
    return new Epoch(
        SINK,
        lineage,
        checkpointId,
        previousCheckpointId,
        scope,
        subtask,
        "of.%s.%s.%d.%d".formatted(SINK, runId, subtask, checkpointId),
        Long.MIN_VALUE,
        1_000,
        "/checkpoints/chk-" + checkpointId,
        parts,
        List.of(),
        List.of());
  }

  /** Encodes values as one writer does. */
  public ArrayList<SegmentPart> encode(List<? extends T> values) throws RowRejectedException {
    var encoder = store.createEncoder();
    var targets = store.targets().size();
    var bytes = new ArrayList<ByteArrayOutputStream>();
    var rows = new long[targets];
    for (var i = 0; i < targets; i++) {
      bytes.add(new ByteArrayOutputStream());
    }
    var row = new RowBuffer(64);
    var key = new RowBuffer(64);
    for (var value : values) {
      row.clear();
      key.clear();
      var target = encoder.encode(value, row, key);
      bytes.get(target).write(row.array(), 0, row.length());
      rows[target]++;
    }
    var parts = new ArrayList<SegmentPart>();
    for (var i = 0; i < targets; i++) {
      if (rows[i] > 0) {
        parts.add(part(i, rows[i], bytes.get(i).toByteArray()));
      }
    }
    return parts;
  }

  private static SegmentPart part(int target, long rows, byte[] bytes) {
    var crc = new CRC32C();
    crc.update(bytes);
    return new SegmentPart(target, rows, bytes.length, (int) crc.getValue(), bytes, null);
  }
}
