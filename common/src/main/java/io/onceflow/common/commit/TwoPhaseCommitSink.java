package io.onceflow.common.commit;

import io.onceflow.common.config.PostgresConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessageTypeInfo;
import org.apache.flink.streaming.api.connector.sink2.SupportsPreCommitTopology;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * Writes a stream into a store exactly once: the rows of a completed checkpoint, all of them, in
 * one transaction that also holds a commit marker.
 *
 * <p>Guarantee, with scope SINK: a reader of the store sees whole epochs only, in their order, each
 * row once, whatever fails in between. Latency: rows become visible after the checkpoint that
 * contains them. Needs checkpointing in mode EXACTLY_ONCE and a durable checkpoint directory.
 *
 * <p>A stream has one sink id, and a sink id one job at a time: a newer run fences an older one.
 *
 * @param <T> the stream's type
 */
public final class TwoPhaseCommitSink<T>
    implements Sink<T>, SupportsCommitter<Epoch>, SupportsPreCommitTopology<Segment, Epoch> {

  private static final long serialVersionUID = 1L;

  private final Store<T> store;
  private final SinkSettings settings;

  private TwoPhaseCommitSink(Store<T> store, SinkSettings settings) {
    this.store = store;
    this.settings = settings;
  }

  /** Starts a sink for a store. */
  public static <T> Builder<T> of(Store<T> store) {
    return new Builder<>(store);
  }

  @Override
  public SinkWriter<T> createWriter(WriterInitContext context) {
    if (settings.strategy() == CommitStrategy.PREPARED) {
      return new PreparedWriter<>(
          (PreparedStore<T>) store,
          settings,
          context.getTaskInfo().getIndexOfThisSubtask(),
          context.metricGroup());
    }
    return new SegmentWriter<>(
        store,
        settings.segmentStorage(),
        settings.onReject(),
        settings.inlineLimitBytes(),
        context.getTaskInfo().getIndexOfThisSubtask(),
        context.metricGroup());
  }

  @Override
  public Committer<Epoch> createCommitter(CommitterInitContext context) throws IOException {
    var metrics = new CommitMetrics(context.metricGroup());
    var restored = context.getRestoredCheckpointId();
    if (settings.strategy() == CommitStrategy.STAGED) {
      var session =
          ((StagedStore<T>) store)
              .createSession(settings.sinkId(), settings.runId(), settings.onReject());
      return new StagedCommitter(
          settings.calls(session, store.description(), metrics::retried),
          settings,
          restored,
          metrics);
    }
    var session =
        ((PreparedStore<T>) store)
            .createPreparedSession(settings.sinkId(), settings.runId(), settings.onReject());
    return new PreparedCommitter(
        settings.calls(session, store.description(), metrics::retried),
        settings.registerCalls(metrics::retried),
        settings,
        restored,
        metrics);
  }

  @Override
  public DataStream<CommittableMessage<Epoch>> addPreCommitTopology(
      DataStream<CommittableMessage<Segment>> segments) {
    var type = CommittableMessageTypeInfo.of(EpochSerializer::new);
    var gatherer = new EpochGatherer(store, settings);
    if (settings.scope() == CommitScope.SUBTASK) {
      return segments.transform("Stamp epochs", type, gatherer).uid(gathererUid());
    }
    return segments
        .global()
        .transform("Gather epochs", type, gatherer)
        .uid(gathererUid())
        .setParallelism(1)
        .setMaxParallelism(1)
        .global();
  }

  private String gathererUid() {
    return "gather-" + settings.sinkId();
  }

  @Override
  public SimpleVersionedSerializer<Epoch> getCommittableSerializer() {
    return new EpochSerializer(settings.strategy());
  }

  @Override
  public SimpleVersionedSerializer<Segment> getWriteResultSerializer() {
    return new SegmentSerializer();
  }

  /**
   * Collects a sink's settings. Everything but the sink id and the environment has a default.
   *
   * @param <T> the stream's type
   */
  public static final class Builder<T> {

    private static final int MAX_INLINE_LIMIT_BYTES = 1024 * 1024;

    /** A job that misses so many, and the time one may take, does not hold its lease any more. */
    private static final int MISSED_CHECKPOINTS = 3;

    private final Store<T> store;
    private SinkId sinkId;
    private CommitStrategy strategy = CommitStrategy.STAGED;
    private String pipeline;
    private DecisionRegisters registers;
    private CommitProtocol protocol = CommitProtocol.TWO_PHASE;
    private CommitScope scope = CommitScope.SINK;
    private OnReject onReject = OnReject.DEAD_LETTER;
    private OnRewind onRewind = OnRewind.FAIL;
    private RetryPolicy retryPolicy = RetryPolicy.DEFAULT;
    private String checkpointDirectory = "";
    private String segmentDirectory;
    private LeasePolicy lease = LeasePolicy.NONE;
    private SinkGates gates;
    private Duration leasePatience = Duration.ofMinutes(10);
    private int inlineLimitBytes = (int) CommitConfig.DEFAULT_INLINE_LIMIT.getBytes();

    private Builder(Store<T> store) {
      this.store = Objects.requireNonNull(store);
    }

    /** The stable name of the sink; see {@link SinkId}. */
    public Builder<T> sinkId(String id) {
      sinkId = new SinkId(id);
      return this;
    }

    /** Takes everything that a configuration file may hold. */
    public Builder<T> configured(CommitConfig config) {
      sinkId = config.sinkId();
      strategy = config.strategy();
      scope = config.scope();
      onReject = config.onReject();
      onRewind = config.onRewind();
      retryPolicy = config.retryPolicy();
      protocol = config.protocol();
      lease = config.lease();
      return inlineLimitBytes((int) config.inlineLimit().getBytes());
    }

    /**
     * Takes everything that a configuration file may hold, the decision register included.
     *
     * @param register makes the register of a database, such as {@code
     *     PostgresDecisionRegisters::at}
     */
    public Builder<T> configured(
        CommitConfig config, Function<PostgresConfig, ? extends DecisionRegisters> register) {
      configured(config);
      return config.protocol() == CommitProtocol.TWO_PHASE
          ? this
          : threePhase(config.pipeline(), register.apply(config.register()));
    }

    /** Takes the checkpoint directory from the job's configuration; segments go beside it. */
    public Builder<T> checkpointsOf(ReadableConfig configuration) {
      if (configuration.get(CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE)
              != CheckpointingMode.EXACTLY_ONCE
          || configuration.getOptional(CheckpointingOptions.CHECKPOINTING_INTERVAL).isEmpty()) {
        throw new IllegalArgumentException(
            "An exactly-once sink commits with checkpoints: set execution.checkpointing.interval, and leave execution.checkpointing.mode at EXACTLY_ONCE.");
      }
      var directory = configuration.get(CheckpointingOptions.CHECKPOINTS_DIRECTORY);
      if (directory == null) {
        throw new IllegalArgumentException(
            "An exactly-once sink needs a durable checkpoint directory: set execution.checkpointing.dir.");
      }
      leasePatience =
          configuration
              .get(CheckpointingOptions.CHECKPOINTING_TIMEOUT)
              .plus(
                  configuration
                      .get(CheckpointingOptions.CHECKPOINTING_INTERVAL)
                      .multipliedBy(MISSED_CHECKPOINTS));
      checkpointDirectory = directory.replaceFirst("/+$", "");
      segmentDirectory =
          segmentDirectory == null ? checkpointDirectory + "/onceflow-segments" : segmentDirectory;
      return this;
    }

    /** How rows wait for their checkpoint; default STAGED. The store must be able to. */
    public Builder<T> strategy(CommitStrategy newStrategy) {
      strategy = Objects.requireNonNull(newStrategy);
      return this;
    }

    /**
     * Protocol THREE_PHASE: records votes and decisions in a register, so that what is in doubt can
     * be settled without the job. Only for PREPARED; the other strategy leaves nothing in doubt.
     *
     * @param name the same for all sinks of one job, and for no other job
     */
    public Builder<T> threePhase(String name, DecisionRegisters newRegisters) {
      pipeline = new SinkId(name).value();
      registers = Objects.requireNonNull(newRegisters);
      return this;
    }

    /**
     * What happens when another run works for the sink, with leases that the store keeps; default
     * none.
     */
    public Builder<T> lease(LeasePolicy policy) {
      lease = Objects.requireNonNull(policy);
      return this;
    }

    /** The same with leases that are kept elsewhere. */
    public Builder<T> lease(LeasePolicy policy, SinkGates newGates) {
      gates = Objects.requireNonNull(newGates);
      return lease(policy);
    }

    /** Transactions per epoch; default one for all subtasks. */
    public Builder<T> scope(CommitScope newScope) {
      scope = Objects.requireNonNull(newScope);
      return this;
    }

    /** What happens to rows the store can never accept; default dead letters. */
    public Builder<T> onReject(OnReject policy) {
      onReject = Objects.requireNonNull(policy);
      return this;
    }

    /** What happens when the store is ahead of the job's start; default refuse. */
    public Builder<T> onRewind(OnRewind policy) {
      onRewind = Objects.requireNonNull(policy);
      return this;
    }

    /** How long a commit is repeated before the job fails over. */
    public Builder<T> retryPolicy(RetryPolicy policy) {
      retryPolicy = Objects.requireNonNull(policy);
      return this;
    }

    /** A directory for segments of its own, on any durable file system that Flink knows. */
    public Builder<T> segmentDirectory(String directory) {
      segmentDirectory = Objects.requireNonNull(directory);
      return this;
    }

    /** Largest part, in bytes, that travels in the checkpoint's metadata instead of a file. */
    public Builder<T> inlineLimitBytes(int bytes) {
      if (bytes < 0 || bytes > MAX_INLINE_LIMIT_BYTES) {
        throw new IllegalArgumentException(
            "The inline limit must be between 0 and %d bytes, got %d."
                .formatted(MAX_INLINE_LIMIT_BYTES, bytes));
      }
      inlineLimitBytes = bytes;
      return this;
    }

    /**
     * @throws IllegalArgumentException when the sink id or the directory is missing
     */
    public TwoPhaseCommitSink<T> build() {
      if (sinkId == null || segmentDirectory == null) {
        throw new IllegalArgumentException(
            "A two-phase-commit sink needs a sink id and the job's configuration: call sinkId and checkpointsOf.");
      }
      refuseWhatDoesNotFit();
      return new TwoPhaseCommitSink<>(
          store,
          new SinkSettings(
              sinkId,
              UUID.randomUUID().toString(),
              scope,
              onReject,
              onRewind,
              retryPolicy,
              checkpointDirectory,
              segmentDirectory,
              inlineLimitBytes,
              strategy,
              pipeline,
              registers,
              admission()));
    }

    private SinkAdmission admission() {
      if (lease == LeasePolicy.NONE) {
        return SinkAdmission.FREE;
      }
      var kept = gates == null ? store.gates().orElse(null) : gates;
      if (kept == null) {
        throw new IllegalArgumentException(
            "%s keeps no leases: say where they are with lease(policy, gates), or set lease: none."
                .formatted(store.description()));
      }
      return new SinkAdmission(lease, kept, leasePatience);
    }

    private void refuseWhatDoesNotFit() {
      var prepared = strategy == CommitStrategy.PREPARED;
      if (prepared ? !(store instanceof PreparedStore<T>) : !(store instanceof StagedStore<T>)) {
        throw new IllegalArgumentException(
            "%s does not offer strategy %s.".formatted(store.description(), strategy));
      }
      if (prepared && scope == CommitScope.SUBTASK) {
        throw new IllegalArgumentException(
            "Strategy PREPARED has one transaction per subtask and one decision for all of them: leave scope at SINK.");
      }
      if (protocol == CommitProtocol.THREE_PHASE && registers == null) {
        throw new IllegalArgumentException(
            "Protocol three-phase needs a decision register: this job gives its sink none. Set protocol: two-phase, or build the sink with threePhase.");
      }
      if (!prepared && registers != null) {
        throw new IllegalArgumentException(
            "Strategy STAGED leaves nothing in doubt, so a decision register has nothing to decide: use strategy PREPARED, or no register.");
      }
    }
  }
}
