package io.onceflow.testbed.run.bench;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;

/**
 * Counts rows just before the sink, and what completed checkpoints cover. Works in a MiniCluster
 * only: the counts are in this JVM. Each job needs a name of its own.
 */
final class RowMeter extends RichMapFunction<Long, Long>
    implements CheckpointedFunction, CheckpointListener {

  private static final long serialVersionUID = 1L;
  private static final Map<String, Counts> COUNTS = new ConcurrentHashMap<>();

  /** What the subtasks of one job have counted; read by any thread. */
  static final class Counts {
    private final Map<Integer, AtomicLong> passed = new ConcurrentHashMap<>();
    private final Map<Integer, Long> covered = new ConcurrentHashMap<>();
    private final AtomicLong firstRowNs = new AtomicLong(Long.MAX_VALUE);

    long passed() {
      return passed.values().stream().mapToLong(AtomicLong::get).sum();
    }

    long covered() {
      return covered.values().stream().mapToLong(Long::longValue).sum();
    }

    /** When the first row came, on {@link System#nanoTime()}'s clock. */
    long firstRowNs() {
      return firstRowNs.get();
    }
  }

  private final String job;
  private transient Counts counts;
  private transient AtomicLong passed;
  private transient TreeMap<Long, Long> passedAtCheckpoint;
  private transient int subtask;
  private transient boolean started;

  RowMeter(String job) {
    this.job = job;
  }

  static Counts countsOf(String job) {
    return COUNTS.computeIfAbsent(job, name -> new Counts());
  }

  @Override
  public void open(OpenContext context) {
    counts = countsOf(job);
    subtask = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
    passed = counts.passed.computeIfAbsent(subtask, index -> new AtomicLong());
    passedAtCheckpoint = new TreeMap<>();
  }

  @Override
  public Long map(Long number) {
    if (!started) {
      started = true;
      counts.firstRowNs.accumulateAndGet(System.nanoTime(), Math::min);
    }
    passed.lazySet(passed.getPlain() + 1);
    return number;
  }

  @Override
  public void initializeState(FunctionInitializationContext context) {}

  @Override
  public void snapshotState(FunctionSnapshotContext context) {
    passedAtCheckpoint.put(context.getCheckpointId(), passed.get());
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) {
    var entry = passedAtCheckpoint.floorEntry(checkpointId);
    if (entry != null) {
      counts.covered.put(subtask, entry.getValue());
    }
  }
}
