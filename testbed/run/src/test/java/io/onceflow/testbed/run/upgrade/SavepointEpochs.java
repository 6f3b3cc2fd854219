package io.onceflow.testbed.run.upgrade;

import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.EpochSerializer;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.core.io.SimpleVersionedSerialization;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.metrics.groups.InternalSinkCommitterMetricGroup;
import org.apache.flink.runtime.state.DefaultOperatorStateBackendBuilder;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.streaming.runtime.operators.sink.committables.CommittableCollectorSerializer;

/** What a savepoint holds, read without a job. */
final class SavepointEpochs {

  private static final String COMMITTABLES = "streaming_committer_raw_states";

  private SavepointEpochs() {}

  static CheckpointMetadata metadata(Path savepoint) throws IOException {
    try (var in = new DataInputStream(Files.newInputStream(savepoint.resolve("_metadata")))) {
      return Checkpoints.loadCheckpointMetadata(
          in, SavepointEpochs.class.getClassLoader(), savepoint.toUri().toString());
    }
  }

  /** Rows of epochs that are not committed, by sink. */
  static Map<String, Long> waitingRows(Path savepoint) throws Exception {
    var rows = new TreeMap<String, Long>();
    for (OperatorState operator : metadata(savepoint).getOperatorStates()) {
      for (OperatorSubtaskState subtask : operator.getStates()) {
        add(subtask.getManagedOperatorState(), rows);
      }
    }
    return rows;
  }

  private static void add(Collection<OperatorStateHandle> handles, Map<String, Long> rows)
      throws Exception {
    if (handles.stream()
        .noneMatch(handle -> handle.getStateNameToPartitionOffsets().containsKey(COMMITTABLES))) {
      return;
    }
    try (var state =
        new DefaultOperatorStateBackendBuilder(
                SavepointEpochs.class.getClassLoader(),
                new ExecutionConfig(),
                false,
                handles,
                new CloseableRegistry())
            .build()) {
      var raw =
          state.getListState(
              new ListStateDescriptor<>(COMMITTABLES, BytePrimitiveArraySerializer.INSTANCE));
      for (var bytes : raw.get()) {
        addEpochs(bytes, rows);
      }
    }
  }

  private static void addEpochs(byte[] bytes, Map<String, Long> rows) throws Exception {
    var metrics =
        InternalSinkCommitterMetricGroup.wrap(UnregisteredMetricsGroup.createOperatorMetricGroup());
    var collector =
        SimpleVersionedSerialization.readVersionAndDeSerialize(
            new CommittableCollectorSerializer<>(new EpochSerializer(), 0, 1, metrics), bytes);
    for (var checkpoint : collector.getCheckpointCommittablesUpTo(Long.MAX_VALUE)) {
      checkpoint.commit(
          new Committer<Epoch>() {
            @Override
            public void commit(Collection<CommitRequest<Epoch>> requests) {
              List.copyOf(requests)
                  .forEach(
                      request ->
                          rows.merge(
                              request.getCommittable().sinkId().value(),
                              request.getCommittable().rows(),
                              Long::sum));
            }

            @Override
            public void close() {}
          },
          0);
    }
  }
}
