package io.onceflow.ledger;

import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.runtime.state.storage.JobManagerCheckpointStorage;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.state.rocksdb.RocksDBOptions;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;

/** One incarnation of a {@link LedgerOperator} subtask. */
final class OperatorHarness implements AutoCloseable {

  static final int MAX_PARALLELISM = 128;

  /** Where the state lives. */
  enum Backend {
    HEAP(HashMapStateBackend::new),
    ROCKSDB(OperatorHarness::rocksDb);

    private final Supplier<StateBackend> supplier;

    Backend(Supplier<StateBackend> supplier) {
      this.supplier = supplier;
    }

    StateBackend create() {
      return supplier.get();
    }
  }

  final KeyedOneInputStreamOperatorTestHarness<String, Command, LedgerOutput> harness;

  OperatorHarness(Backend backend, Duration idRetention, int parallelism, int subtask)
      throws Exception {
    this(backend, idRetention, parallelism, subtask, null);
  }

  /**
   * @param rows where the output goes, or null to keep it for {@link #drain}
   */
  OperatorHarness(
      Backend backend,
      Duration idRetention,
      int parallelism,
      int subtask,
      Output<StreamRecord<LedgerOutput>> rows)
      throws Exception {
    harness =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new LedgerOperator(idRetention),
            Command::group,
            Types.STRING,
            MAX_PARALLELISM,
            parallelism,
            subtask);
    harness.setStateBackend(backend.create());
    harness.setCheckpointStorage(new JobManagerCheckpointStorage(1 << 30));
    if (rows != null) {
      harness.setOutputCreator(serializer -> rows);
    }
    harness.setup(new LedgerOutputSerializer());
  }

  /** The harness has 3 MB of managed memory, which RocksDB would spend on nothing but flushing. */
  private static StateBackend rocksDb() {
    Configuration configuration = new Configuration();
    configuration.set(RocksDBOptions.USE_MANAGED_MEMORY, false);
    return new EmbeddedRocksDBStateBackend()
        .configure(configuration, OperatorHarness.class.getClassLoader());
  }

  static OperatorHarness fresh(Backend backend, Duration idRetention) throws Exception {
    return restored(backend, idRetention, null);
  }

  static OperatorHarness restored(Backend backend, Duration idRetention, OperatorSubtaskState state)
      throws Exception {
    OperatorHarness opened = new OperatorHarness(backend, idRetention, 1, 0);
    opened.open(state);
    return opened;
  }

  void open(OperatorSubtaskState state) throws Exception {
    if (state == null) {
      harness.initializeEmptyState();
    } else {
      harness.initializeState(state);
    }
    harness.open();
  }

  void process(Command command) throws Exception {
    harness.processElement(new StreamRecord<>(command));
  }

  OperatorSubtaskState snapshot(long checkpointId) throws Exception {
    harness.prepareSnapshotPreBarrier(checkpointId);
    return harness.snapshot(checkpointId, checkpointId);
  }

  /** What came out since the last call. */
  List<LedgerOutput> drain() {
    List<LedgerOutput> rows = harness.extractOutputValues();
    harness.getOutput().clear();
    return rows;
  }

  @Override
  public void close() {
    try {
      harness.close();
    } catch (Exception e) {
      throw new IllegalStateException("The subtask did not close.", e);
    }
  }
}
