package io.onceflow.common.commit;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableSummary;
import org.apache.flink.streaming.api.connector.sink2.CommittableWithLineage;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Makes one epoch of all segments that reach it before a checkpoint's barrier.
 *
 * <pre>
 *   writer 0 --\
 *   writer 1 ---- gatherer (parallelism 1) ---- committer      scope SINK
 *   writer 2 --/
 *
 *   writer i ---- gatherer i ---- committer i                  scope SUBTASK
 * </pre>
 *
 * <p>It claims the sink when it starts, holds the lineage and the newest epoch's checkpoint in its
 * state (broadcast state: union state would forbid checkpoints once a subtask has ended), names the
 * transactions, and removes the files of writer attempts that died before a checkpoint took over
 * their segments. All in the task's thread; claiming waits for the store.
 */
final class EpochGatherer extends AbstractStreamOperator<CommittableMessage<Epoch>>
    implements OneInputStreamOperator<CommittableMessage<Segment>, CommittableMessage<Epoch>>,
        BoundedOneInput {

  private static final long serialVersionUID = 1L;

  private static final String LINEAGE = "lineage";
  private static final String PREVIOUS = "previous-checkpoint-id";

  private final StagedStore<?> store;
  private final SinkSettings settings;

  private transient BroadcastState<String, String> history;
  private transient String lineage;
  private transient Set<String> fencedRuns;
  private transient String incarnation;
  private transient long sequence;
  private transient long previousCheckpointId;
  private transient long lastCheckpointId;
  private transient long watermarkMs;
  private transient boolean ended;
  private transient List<SegmentPart> parts;
  private transient Set<String> liveWriters;
  private transient List<Path> filesAtStart;
  private transient int announced;
  private transient int received;

  EpochGatherer(StagedStore<?> store, SinkSettings settings) {
    this.store = store;
    this.settings = settings;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    parts = new ArrayList<>();
    liveWriters = new HashSet<>();
    incarnation = UUID.randomUUID().toString().replace("-", "");
    watermarkMs = Long.MIN_VALUE;
    lastCheckpointId = context.getRestoredCheckpointId().orElse(0);
    history =
        context
            .getOperatorStateStore()
            .getBroadcastState(
                new MapStateDescriptor<>(
                    "history", StringSerializer.INSTANCE, StringSerializer.INSTANCE));
    filesAtStart =
        settings.scope() == CommitScope.SINK ? settings.segmentStorage().list() : List.of();
    claim(context);
  }

  private void claim(StateInitializationContext context) throws Exception {
    var restored = history.get(LINEAGE);
    var request = settings.openRequest(restored, context.getRestoredCheckpointId());
    try (var calls =
        new StoreCalls(
            store.createSession(settings.sinkId(), settings.runId(), settings.onReject()),
            "Sink '%s', %s".formatted(settings.sinkId(), store.description()),
            settings.retryPolicy(),
            () -> {})) {
      calls.callOnceForAll(
          session -> {
            session.preflight();
            return null;
          });
      var opened = calls.call(session -> session.open(request));
      lineage = opened.lineage();
      fencedRuns = opened.fencedRuns();
      previousCheckpointId =
          lineage.equals(restored)
              ? Long.parseLong(history.get(PREVIOUS))
              : opened.lastCheckpointId();
    }
  }

  @Override
  public void processElement(StreamRecord<CommittableMessage<Segment>> element) {
    var message = element.getValue();
    if (message instanceof CommittableSummary<Segment> summary) {
      announced += summary.getNumberOfCommittables();
    } else if (message instanceof CommittableWithLineage<Segment> segment) {
      received++;
      liveWriters.add(segment.getCommittable().writer());
      parts.addAll(segment.getCommittable().parts());
    }
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    watermarkMs = Math.max(watermarkMs, mark.getTimestamp());
    super.processWatermark(mark);
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
    super.prepareSnapshotPreBarrier(checkpointId);
    lastCheckpointId = checkpointId;
    if (!ended) {
      emitEpoch(checkpointId);
    }
  }

  /** The last segments belong to the final checkpoint, whose id Flink counts from the last one. */
  @Override
  public void endInput() throws IOException {
    emitEpoch(lastCheckpointId + 1);
    ended = true;
  }

  /** Also an empty epoch gets its marker: the store then knows every checkpoint of the lineage. */
  private void emitEpoch(long checkpointId) throws IOException {
    if (announced != received) {
      throw new IOException(
          "Sink '%s' was told of %d segments for checkpoint %d and got %d: the edges before the gatherer lost some."
              .formatted(settings.sinkId(), announced, checkpointId, received));
    }
    CrashPoints.reach(CrashPoints.GATHER_BEFORE_EMIT);
    var subtask = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
    var subtasks = getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks();
    var jobId = getRuntimeContext().getJobInfo().getJobId().toHexString();
    parts.sort(java.util.Comparator.comparingInt(SegmentPart::target));
    var epoch =
        new Epoch(
            settings.sinkId(),
            lineage,
            checkpointId,
            previousCheckpointId,
            settings.scope(),
            subtask,
            "of.%s.%s.%d.%d".formatted(settings.sinkId(), incarnation, subtask, sequence++),
            watermarkMs,
            System.currentTimeMillis(),
            settings.restorePath(jobId, checkpointId),
            parts);
    output.collect(
        new StreamRecord<>(new CommittableSummary<>(subtask, subtasks, checkpointId, 1, 0)));
    output.collect(new StreamRecord<>(new CommittableWithLineage<>(epoch, checkpointId, subtask)));
    previousCheckpointId = checkpointId;
    parts.clear();
    announced = 0;
    received = 0;
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    history.put(LINEAGE, lineage);
    history.put(PREVIOUS, Long.toString(previousCheckpointId));
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) throws Exception {
    super.notifyCheckpointComplete(checkpointId);
    if (filesAtStart != null && !liveWriters.isEmpty()) {
      deleteOrphans();
      filesAtStart = null;
    }
  }

  /**
   * The completed checkpoint covers all writers of this attempt, so a file that was there at the
   * start and is not theirs belongs to an attempt that is gone. Restored epochs were committed
   * before this checkpoint could complete. With scope SUBTASK a gatherer knows its own writer only
   * and leaves the files of the same run alone.
   */
  private void deleteOrphans() {
    var storage = settings.segmentStorage();
    try {
      for (var file : filesAtStart) {
        if (!liveWriters.contains(SegmentStorage.writerOf(file))) {
          file.getFileSystem().delete(file, false);
        }
      }
      storage.deleteRuns(fencedRuns);
    } catch (IOException | RuntimeException e) {
      LOG.warn("Sink '{}': old segments could not be deleted: {}", settings.sinkId(), e.toString());
    }
  }
}
