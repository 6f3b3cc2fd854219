package io.onceflow.common.commit;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.metrics.groups.SinkCommitterMetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;

/**
 * Hands the simulator the real gatherer's protocol and the real committers of one run of one sink,
 * without threads and without a clock: calls run on the caller's thread, and pauses only add up.
 */
public final class SinkUnderSimulation {

  private static final CommitMetrics METRICS = new CommitMetrics(unregistered());
  private static final RetryPolicy RETRIES =
      new RetryPolicy(Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1));

  private final SinkSettings settings;
  private final RandomGenerator random;
  private long nowNanos;

  /**
   * @param registers anything but null for protocol THREE_PHASE
   */
  public SinkUnderSimulation(
      SinkId sinkId,
      String runId,
      CommitStrategy strategy,
      DecisionRegisters registers,
      RandomGenerator random) {
    this.random = random;
    this.settings =
        new SinkSettings(
            sinkId,
            runId,
            CommitScope.SINK,
            OnReject.FAIL,
            OnRewind.FAIL,
            RETRIES,
            "cp",
            "segments",
            1024,
            strategy,
            "pipeline",
            registers,
            SinkAdmission.FREE);
  }

  /** What a checkpoint keeps of a gatherer. */
  public record History(String lineage, long previousCheckpointId) {}

  /** One attempt's gatherer. */
  public final class Gatherer {
    private final EpochAssembly assembly;
    private final StoreSession session;

    private Gatherer(String incarnation, StoreSession session, DecisionRegister register) {
      this.session = session;
      this.assembly = new EpochAssembly(settings, incarnation, calls(register));
    }

    /** As the operator does in {@code initializeState}. */
    public void claim(History restored, OptionalLong restoredCheckpointId)
        throws IOException, InterruptedException {
      var history =
          restored == null
              ? null
              : new EpochAssembly.History(restored.lineage(), restored.previousCheckpointId());
      assembly.claim(calls(session), history, restoredCheckpointId);
    }

    /** A writer's segment arrives. */
    public void add(Segment segment) {
      assembly.announce(1);
      assembly.add(segment);
    }

    /** As the operator does when the barrier has arrived. */
    public Epoch makeEpoch(long checkpointId, String jobId)
        throws IOException, InterruptedException {
      return assembly.makeEpoch(checkpointId, new EpochAssembly.Place(0, jobId, 0));
    }

    /** What goes into the checkpoint. */
    public History history() {
      return new History(assembly.history().lineage(), assembly.history().previousCheckpointId());
    }
  }

  /** A new attempt's gatherer. */
  public Gatherer gatherer(String incarnation, StoreSession session, DecisionRegister register) {
    return new Gatherer(incarnation, session, register);
  }

  /** A new attempt's committer. */
  public Committer<Epoch> committer(
      StoreSession session, DecisionRegister register, OptionalLong restoredCheckpointId) {
    return session instanceof StagedSession staged
        ? new StagedCommitter(calls(staged), settings, restoredCheckpointId, METRICS)
        : new PreparedCommitter(
            calls((PreparedSession) session),
            calls(register),
            settings,
            restoredCheckpointId,
            METRICS);
  }

  /** Rows that a writer has prepared or, without a transaction, only staged. */
  public static Segment segment(
      String writer, int subtask, List<SegmentPart> parts, PreparedTransaction transaction) {
    return new Segment(writer, subtask, parts, transaction);
  }

  private <S extends RemoteSession> StoreCalls<S> calls(S session) {
    return session == null
        ? null
        : new StoreCalls<>(
            session,
            "simulated",
            RETRIES,
            () -> {},
            new StoreCalls.World(
                new DirectExecutor(),
                () -> nowNanos,
                ms -> nowNanos += TimeUnit.MILLISECONDS.toNanos(ms),
                random));
  }

  private static SinkCommitterMetricGroup unregistered() {
    var group = new UnregisteredMetricsGroup();
    return (SinkCommitterMetricGroup)
        Proxy.newProxyInstance(
            SinkUnderSimulation.class.getClassLoader(),
            new Class<?>[] {SinkCommitterMetricGroup.class},
            (proxy, method, arguments) -> method.invoke(group, arguments));
  }

  /** Runs everything at once, on the caller's thread. */
  private static final class DirectExecutor extends AbstractExecutorService {
    @Override
    public void execute(Runnable command) {
      command.run();
    }

    @Override
    public void shutdown() {}

    @Override
    public List<Runnable> shutdownNow() {
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return false;
    }

    @Override
    public boolean isTerminated() {
      return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return true;
    }
  }
}
