package io.onceflow.common.commit;

import java.io.IOException;
import java.util.List;
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
 * their segments. What such attempts left prepared in the store it lists once, when it starts: its
 * first epoch carries the list to the committer. All in the task's thread; claiming waits for the
 * store.
 */
final class EpochGatherer extends AbstractStreamOperator<CommittableMessage<Epoch>>
    implements OneInputStreamOperator<CommittableMessage<Segment>, CommittableMessage<Epoch>>,
        BoundedOneInput {

  private static final long serialVersionUID = 1L;

  private static final String LINEAGE = "lineage";
  private static final String PREVIOUS = "previous-checkpoint-id";
  private static final String STRATEGY = "strategy";

  private final Store<?> store;
  private final SinkSettings settings;

  private transient BroadcastState<String, String> history;
  private transient EpochAssembly assembly;
  private transient Entrance entrance;
  private transient long lastCheckpointId;
  private transient boolean ended;
  private transient List<Path> filesAtStart;

  EpochGatherer(Store<?> store, SinkSettings settings) {
    this.store = store;
    this.settings = settings;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    lastCheckpointId = context.getRestoredCheckpointId().orElse(0);
    history =
        context
            .getOperatorStateStore()
            .getBroadcastState(
                new MapStateDescriptor<>(
                    "history", StringSerializer.INSTANCE, StringSerializer.INSTANCE));
    if (history.contains(STRATEGY)) {
      settings.strategy().requireSame(settings.sinkId(), history.get(STRATEGY));
    }
    filesAtStart =
        settings.scope() == CommitScope.SINK ? settings.segmentStorage().list() : List.of();
    var incarnation = UUID.randomUUID().toString().replace("-", "");
    assembly = new EpochAssembly(settings, incarnation, settings.registerCalls(() -> {}));
    entrance = settings.entrance();
    entrance.beforeClaim();
    try (var calls = settings.claimingCalls(store)) {
      assembly.claim(calls, restoredHistory(), context.getRestoredCheckpointId());
    }
    entrance.afterClaim(getContainingTask().getEnvironment()::failExternally);
  }

  private EpochAssembly.History restoredHistory() throws Exception {
    return history.contains(LINEAGE)
        ? new EpochAssembly.History(history.get(LINEAGE), Long.parseLong(history.get(PREVIOUS)))
        : null;
  }

  @Override
  public void processElement(StreamRecord<CommittableMessage<Segment>> element) {
    var message = element.getValue();
    if (message instanceof CommittableSummary<Segment> summary) {
      assembly.announce(summary.getNumberOfCommittables());
    } else if (message instanceof CommittableWithLineage<Segment> segment) {
      assembly.add(segment.getCommittable());
    }
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    assembly.watermark(mark.getTimestamp());
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
  public void endInput() throws IOException, InterruptedException {
    emitEpoch(lastCheckpointId + 1);
    ended = true;
  }

  private void emitEpoch(long checkpointId) throws IOException, InterruptedException {
    var subtask = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
    var subtasks = getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks();
    var jobId = getRuntimeContext().getJobInfo().getJobId().toHexString();
    var epoch =
        assembly.makeEpoch(
            checkpointId, new EpochAssembly.Place(subtask, jobId, System.currentTimeMillis()));
    output.collect(
        new StreamRecord<>(new CommittableSummary<>(subtask, subtasks, checkpointId, 1, 0)));
    output.collect(new StreamRecord<>(new CommittableWithLineage<>(epoch, checkpointId, subtask)));
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    history.put(LINEAGE, assembly.history().lineage());
    history.put(STRATEGY, settings.strategy().name());
    history.put(PREVIOUS, Long.toString(assembly.history().previousCheckpointId()));
    CrashPoints.reach(CrashPoints.SNAPSHOT_STATE);
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) throws Exception {
    super.notifyCheckpointComplete(checkpointId);
    entrance.progress();
    if (filesAtStart != null && !assembly.liveWriters().isEmpty()) {
      deleteOrphans();
      filesAtStart = null;
    }
  }

  @Override
  public void close() throws Exception {
    if (entrance != null) {
      entrance.close();
    }
    if (assembly != null) {
      assembly.close();
    }
    super.close();
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
        if (!assembly.liveWriters().contains(SegmentStorage.writerOf(file))) {
          file.getFileSystem().delete(file, false);
        }
      }
      storage.deleteRuns(assembly.fencedRuns());
    } catch (IOException | RuntimeException e) {
      LOG.warn("Sink '{}': old segments could not be deleted: {}", settings.sinkId(), e.toString());
    }
  }
}
