package io.onceflow.common.commit;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.groups.SinkWriterMetricGroup;

/**
 * Phase 1 of STAGED: encodes rows and seals them as one segment per epoch. It has no state and
 * talks to no store, so it survives rescaling without rules of its own. Runs on the task's thread.
 *
 * @param <T> the sink's input
 */
final class SegmentWriter<T> implements CommittingSinkWriter<T, Segment> {

  private static final long UPSERT_BUFFER_BYTES = 32L << 20;

  private final String nonce = UUID.randomUUID().toString().replace("-", "");
  private final RowEncoder<T> encoder;
  private final List<String> targets;
  private final OnReject onReject;
  private final int subtask;
  private final PartWriter[] parts;
  private final UpsertBuffer[] upserts;
  private final RowBuffer row = new RowBuffer(512);
  private final RowBuffer key = new RowBuffer(64);
  private final Counter rowsOut;
  private final Counter rejected;
  private long sequence;

  SegmentWriter(
      Store<T> store,
      SegmentStorage storage,
      OnReject onReject,
      int inlineLimitBytes,
      int subtask,
      SinkWriterMetricGroup metrics) {
    this.encoder = store.createEncoder();
    this.targets = store.targets();
    this.onReject = onReject;
    this.subtask = subtask;
    this.parts = new PartWriter[targets.size()];
    this.upserts = new UpsertBuffer[targets.size()];
    for (var i = 0; i < parts.length; i++) {
      parts[i] = new PartWriter(storage, nonce, i, inlineLimitBytes);
    }
    this.rowsOut = metrics.getNumRecordsSendCounter();
    this.rejected = metrics.getNumRecordsOutErrorsCounter();
  }

  @Override
  public void write(T value, Context context) throws IOException {
    row.clear();
    key.clear();
    try {
      var target = encoder.encode(value, row, key);
      if (key.length() == 0) {
        parts[target].append(row.array(), row.length(), sequence);
      } else {
        upsert(target);
      }
      rowsOut.inc();
    } catch (RowRejectedException e) {
      reject(value, e);
    }
  }

  private void upsert(int target) throws IOException {
    if (upserts[target] == null) {
      upserts[target] = new UpsertBuffer(UPSERT_BUFFER_BYTES);
    }
    upserts[target].put(key, row, (bytes, length) -> parts[target].append(bytes, length, sequence));
  }

  private void reject(T value, RowRejectedException rejection) throws IOException {
    if (onReject == OnReject.FAIL) {
      throw new IOException(rejection.failure());
    }
    row.clear();
    var target = encoder.encodeDeadLetter(value, rejection, row);
    parts[target].append(row.array(), row.length(), sequence);
    rejected.inc();
  }

  /** Nothing is pending between rows: sealing happens in {@link #prepareCommit()}. */
  @Override
  public void flush(boolean endOfInput) {}

  /** Always one segment, also for an empty epoch: the gatherer learns from it who is alive. */
  @Override
  public Collection<Segment> prepareCommit() throws IOException {
    CrashPoints.reach(CrashPoints.SEAL_BEFORE);
    var sealed = new ArrayList<SegmentPart>(parts.length);
    for (var i = 0; i < parts.length; i++) {
      var target = i;
      if (upserts[i] != null) {
        upserts[i].drain((bytes, length) -> parts[target].append(bytes, length, sequence));
      }
      var part = parts[i].seal(sequence);
      if (part != null) {
        sealed.add(part);
      }
    }
    sequence++;
    return List.of(Segment.staged(nonce, subtask, sealed));
  }

  /** Leaves sealed segments alone: a checkpoint may own them already. */
  @Override
  public void close() throws IOException {
    for (var part : parts) {
      part.abandon();
    }
  }
}
