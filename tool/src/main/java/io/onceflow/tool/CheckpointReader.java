package io.onceflow.tool;

import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.EpochSerializer;
import io.onceflow.common.commit.SinkId;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.core.io.SimpleVersionedSerialization;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.metrics.groups.InternalSinkCommitterMetricGroup;
import org.apache.flink.runtime.state.DefaultOperatorStateBackend;
import org.apache.flink.runtime.state.DefaultOperatorStateBackendBuilder;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.filesystem.AbstractFsCheckpointStorageAccess;
import org.apache.flink.streaming.runtime.operators.sink.committables.CommittableCollectorSerializer;

/**
 * Reads what a checkpoint's {@code _metadata} and the state files behind it hold of one sink, with
 * Flink's own classes and without a job. A committer is recognised by the name of its state, which
 * is Flink 2.2's, and whose it is by the sink id in its committables.
 */
final class CheckpointReader {

  static final String COMMITTABLES = "streaming_committer_raw_states";

  private final SinkId sinkId;
  private final String path;

  private CheckpointReader(SinkId sinkId, String path) {
    this.sinkId = sinkId;
    this.path = path;
  }

  /**
   * Reads the checkpoint.
   *
   * @throws HeldException when it cannot be read in full, or holds nothing of this sink
   */
  static CheckpointView read(SinkId sinkId, String path) throws HeldException {
    var view = find(sinkId, path);
    if (view.epochs().isEmpty()) {
      throw new HeldException(
          "Checkpoint %d at %s holds no epoch of sink '%s': it is another job's, or was taken before the sink was added."
              .formatted(view.checkpointId(), path, sinkId));
    }
    return view;
  }

  /**
   * Reads the checkpoint, which may hold nothing of this sink: the lineage is empty then.
   *
   * @throws HeldException when it cannot be read in full
   */
  static CheckpointView find(SinkId sinkId, String path) throws HeldException {
    try {
      return new CheckpointReader(sinkId, path).read();
    } catch (HeldException e) {
      throw e;
    } catch (Exception e) {
      throw new HeldException(
          "Checkpoint %s cannot be read: %s Name a directory with a _metadata file that is complete."
              .formatted(path, sentence(e)));
    }
  }

  private static String sentence(Exception e) {
    var text = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return text.endsWith(".") ? text : text + ".";
  }

  private CheckpointView read() throws Exception {
    var metadata = metadata();
    var epochs = new ArrayList<Epoch>();
    for (var operator : metadata.getOperatorStates()) {
      var handles = handles(operator);
      if (holds(handles, COMMITTABLES)) {
        epochs.addAll(committables(handles));
      }
    }
    var lineages = epochs.stream().map(Epoch::lineage).distinct().toList();
    if (lineages.size() > 1) {
      throw new HeldException(
          "Checkpoint %d at %s holds epochs of sink '%s' of several histories: %s."
              .formatted(metadata.getCheckpointId(), path, sinkId, lineages));
    }
    epochs.sort(Comparator.comparingLong(Epoch::checkpointId).thenComparingInt(Epoch::subtask));
    var lineage = lineages.isEmpty() ? "" : lineages.get(0);
    return new CheckpointView(path, metadata.getCheckpointId(), lineage, epochs);
  }

  private CheckpointMetadata metadata() throws IOException {
    var location = AbstractFsCheckpointStorageAccess.resolveCheckpointPointer(path);
    try (var in = new DataInputStream(location.getMetadataHandle().openInputStream())) {
      return Checkpoints.loadCheckpointMetadata(
          in, CheckpointReader.class.getClassLoader(), location.getExternalPointer());
    }
  }

  private static List<OperatorStateHandle> handles(OperatorState operator) {
    return operator.getStates().stream()
        .flatMap(subtask -> subtask.getManagedOperatorState().stream())
        .toList();
  }

  private static boolean holds(Collection<OperatorStateHandle> handles, String state) {
    return handles.stream()
        .anyMatch(handle -> handle.getStateNameToPartitionOffsets().containsKey(state));
  }

  /** Another sink's committables do not read as ours, or read as another sink's. */
  private List<Epoch> committables(List<OperatorStateHandle> handles) throws Exception {
    try (var state = restored(handles)) {
      var raw =
          state.getListState(
              new ListStateDescriptor<>(COMMITTABLES, BytePrimitiveArraySerializer.INSTANCE));
      var epochs = new ArrayList<Epoch>();
      var unreadable = 0;
      for (var bytes : raw.get()) {
        unreadable += addEpochs(bytes, epochs) ? 0 : 1;
      }
      if (unreadable > 0 && !epochs.isEmpty()) {
        throw new HeldException(
            "Checkpoint at %s: %d of the committables of sink '%s' cannot be read, so what they name is unknown."
                .formatted(path, unreadable, sinkId));
      }
      return epochs;
    }
  }

  /**
   * @return false when the committables are not epochs
   */
  private boolean addEpochs(byte[] bytes, List<Epoch> epochs) throws Exception {
    var metrics =
        InternalSinkCommitterMetricGroup.wrap(UnregisteredMetricsGroup.createOperatorMetricGroup());
    var foreign = new ForeignCommittables(new EpochSerializer());
    var collector =
        SimpleVersionedSerialization.readVersionAndDeSerialize(
            new CommittableCollectorSerializer<>(foreign, 0, 1, metrics), bytes);
    if (foreign.seen()) {
      return false;
    }
    var found = new ArrayList<Epoch>();
    for (var checkpoint : collector.getCheckpointCommittablesUpTo(Long.MAX_VALUE)) {
      // A committer that only looks: the collector hands out its committables in no other way.
      checkpoint.commit(new Collecting(found), 0);
    }
    found.stream().filter(epoch -> epoch.sinkId().equals(sinkId)).forEach(epochs::add);
    return true;
  }

  private static DefaultOperatorStateBackend restored(List<OperatorStateHandle> handles)
      throws Exception {
    return new DefaultOperatorStateBackendBuilder(
            CheckpointReader.class.getClassLoader(),
            new ExecutionConfig(),
            false,
            handles,
            new CloseableRegistry())
        .build();
  }
}
