package io.onceflow.tool;

import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.EpochSerializer;
import java.io.DataOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.core.io.SimpleVersionedSerialization;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.metrics.groups.InternalSinkCommitterMetricGroup;
import org.apache.flink.runtime.state.DefaultOperatorStateBackendBuilder;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.memory.MemCheckpointStreamFactory;
import org.apache.flink.streaming.api.connector.sink2.CommittableSummary;
import org.apache.flink.streaming.api.connector.sink2.CommittableWithLineage;
import org.apache.flink.streaming.runtime.operators.sink.committables.CommittableCollector;
import org.apache.flink.streaming.runtime.operators.sink.committables.CommittableCollectorSerializer;

/** Writes checkpoints as Flink's own committer leaves them, for any epochs. */
final class CheckpointFile {

  private CheckpointFile() {}

  /** Writes {@code chk-<id>} into a directory; each epoch is of the checkpoint it names. */
  static Path write(Path directory, long checkpointId, Epoch... epochs) throws Exception {
    return write(directory, checkpointId, List.of(collected(epochs)));
  }

  /** Writes one with raw committer states, such as of another sink. */
  static Path write(Path directory, long checkpointId, List<byte[]> states) throws Exception {
    var operator = new OperatorState("Sink: Committer", "sink", new OperatorID(), 1, 128);
    operator.putState(
        0, OperatorSubtaskState.builder().setManagedOperatorState(handle(states)).build());
    var checkpoint = Files.createDirectories(directory.resolve("chk-" + checkpointId));
    try (var out = new DataOutputStream(Files.newOutputStream(checkpoint.resolve("_metadata")))) {
      Checkpoints.storeCheckpointMetadata(
          new CheckpointMetadata(checkpointId, List.of(operator), List.of()), out);
    }
    return checkpoint;
  }

  static byte[] collected(Epoch... epochs) throws Exception {
    var metrics =
        InternalSinkCommitterMetricGroup.wrap(UnregisteredMetricsGroup.createOperatorMetricGroup());
    var collector = CommittableCollector.<Epoch>of(metrics);
    for (var epoch : epochs) {
      collector.addMessage(new CommittableSummary<>(0, 1, epoch.checkpointId(), 1, 0));
      collector.addMessage(new CommittableWithLineage<>(epoch, epoch.checkpointId(), 0));
    }
    return SimpleVersionedSerialization.writeVersionAndSerialize(
        new CommittableCollectorSerializer<>(new EpochSerializer(), 0, 1, metrics), collector);
  }

  /** Committables of another connector. */
  static byte[] foreign() throws Exception {
    var metrics =
        InternalSinkCommitterMetricGroup.wrap(UnregisteredMetricsGroup.createOperatorMetricGroup());
    var collector = CommittableCollector.<String>of(metrics);
    collector.addMessage(new CommittableSummary<>(0, 1, 8, 1, 0));
    collector.addMessage(new CommittableWithLineage<>("theirs", 8, 0));
    return SimpleVersionedSerialization.writeVersionAndSerialize(
        new CommittableCollectorSerializer<>(new Texts(), 0, 1, metrics), collector);
  }

  /** Another connector's serializer. */
  private static final class Texts implements SimpleVersionedSerializer<String> {
    @Override
    public int getVersion() {
      return 1;
    }

    @Override
    public byte[] serialize(String text) {
      return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String deserialize(int version, byte[] bytes) {
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  private static OperatorStateHandle handle(List<byte[]> states) throws Exception {
    try (var backend =
        new DefaultOperatorStateBackendBuilder(
                CheckpointFile.class.getClassLoader(),
                new ExecutionConfig(),
                false,
                List.of(),
                new CloseableRegistry())
            .build()) {
      backend
          .getListState(
              new ListStateDescriptor<>(
                  CheckpointReader.COMMITTABLES, BytePrimitiveArraySerializer.INSTANCE))
          .addAll(states);
      var snapshot =
          backend.snapshot(
              1,
              1,
              new MemCheckpointStreamFactory(1 << 20),
              CheckpointOptions.forCheckpointWithDefaultLocation());
      snapshot.run();
      return snapshot.get().getJobManagerOwnedSnapshot();
    }
  }
}
