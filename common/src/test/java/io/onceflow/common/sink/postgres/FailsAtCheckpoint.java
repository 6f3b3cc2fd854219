package io.onceflow.common.sink.postgres;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;

/** Throws in the n-th snapshot of this JVM, once: the sink's own snapshot may be done by then. */
public final class FailsAtCheckpoint extends RichMapFunction<SinkJobs.Numbered, SinkJobs.Numbered>
    implements CheckpointedFunction {

  private static final long serialVersionUID = 1L;
  private static final Map<String, AtomicInteger> SNAPSHOTS = new ConcurrentHashMap<>();

  private final String name;
  private final int failing;

  /** Fails in the given snapshot, counted over all that share the name. */
  public FailsAtCheckpoint(String name, int failing) {
    this.name = name;
    this.failing = failing;
  }

  /** Whether it has. */
  public static boolean hasFailed(String name, int failing) {
    return SNAPSHOTS.getOrDefault(name, new AtomicInteger()).get() >= failing;
  }

  @Override
  public SinkJobs.Numbered map(SinkJobs.Numbered value) {
    return value;
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) {
    if (SNAPSHOTS.computeIfAbsent(name, key -> new AtomicInteger()).incrementAndGet() == failing) {
      throw new IllegalStateException("Failing snapshot " + failing + " as asked.");
    }
  }

  @Override
  public void initializeState(FunctionInitializationContext context) {}
}
