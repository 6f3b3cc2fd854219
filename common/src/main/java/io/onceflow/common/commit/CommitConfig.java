package io.onceflow.common.commit;

import io.onceflow.common.config.ConfigReader;
import io.onceflow.common.config.PostgresConfig;
import java.io.Serializable;
import java.time.Duration;
import java.util.Objects;
import org.apache.flink.configuration.MemorySize;

/**
 * The settings of a {@link TwoPhaseCommitSink} that a configuration file may hold.
 *
 * @param sinkId the stable name of the sink
 * @param strategy how rows wait for their checkpoint
 * @param scope transactions per epoch
 * @param onReject what happens to rows the store can never accept
 * @param onRewind what happens when the store is ahead of the job's start
 * @param retryPolicy how long a commit is repeated before the job fails over
 * @param inlineLimit largest part of a segment that travels in the checkpoint's metadata
 * @param protocol who decides about prepared transactions
 * @param pipeline the name that all sinks of one job share in the decision register
 * @param register the database of the decision register, or null with two phases
 * @param lease what happens when another run works for the sink
 */
public record CommitConfig(
    SinkId sinkId,
    CommitStrategy strategy,
    CommitScope scope,
    OnReject onReject,
    OnRewind onRewind,
    RetryPolicy retryPolicy,
    MemorySize inlineLimit,
    CommitProtocol protocol,
    String pipeline,
    PostgresConfig register,
    LeasePolicy lease)
    implements Serializable {

  /** Largest part that travels in the checkpoint's metadata unless somebody says otherwise. */
  static final MemorySize DEFAULT_INLINE_LIMIT = MemorySize.parse("32kb");

  /** Checks that all parts are there. */
  public CommitConfig {
    Objects.requireNonNull(sinkId, "sinkId");
    Objects.requireNonNull(strategy, "strategy");
    Objects.requireNonNull(scope, "scope");
    Objects.requireNonNull(onReject, "onReject");
    Objects.requireNonNull(onRewind, "onRewind");
    Objects.requireNonNull(retryPolicy, "retryPolicy");
    Objects.requireNonNull(inlineLimit, "inlineLimit");
    Objects.requireNonNull(protocol, "protocol");
    Objects.requireNonNull(pipeline, "pipeline");
    Objects.requireNonNull(lease, "lease");
  }

  /** The defaults. */
  public static CommitConfig of(String sinkId) {
    return new CommitConfig(
        new SinkId(sinkId),
        CommitStrategy.STAGED,
        CommitScope.SINK,
        OnReject.DEAD_LETTER,
        OnRewind.FAIL,
        RetryPolicy.DEFAULT,
        DEFAULT_INLINE_LIMIT,
        CommitProtocol.TWO_PHASE,
        sinkId,
        null,
        LeasePolicy.NONE);
  }

  /** Reads the keys of one group, such as {@code sink}. */
  public static CommitConfig read(ConfigReader reader) {
    return read(reader, OnReject.DEAD_LETTER);
  }

  /**
   * Reads the keys of one group.
   *
   * @param onReject what happens to rejected rows unless the configuration says otherwise
   */
  public static CommitConfig read(ConfigReader reader, OnReject onReject) {
    var id =
        reader
            .string("id", "Stable name of the sink; the store keeps its history under it.")
            .matching(SinkId::isValid, "lower-case letters, digits and -, at most 40")
            .required();
    var strategy =
        reader
            .oneOf("strategy", CommitStrategy.class, "How rows wait for their checkpoint.")
            .orElse(CommitStrategy.STAGED);
    var protocol =
        reader
            .oneOf("protocol", CommitProtocol.class, "Who decides about prepared transactions.")
            .orElse(CommitProtocol.TWO_PHASE);
    return new CommitConfig(
        SinkId.isValid(id) ? new SinkId(id) : new SinkId("invalid"),
        strategy,
        reader
            .oneOf("scope", CommitScope.class, "One transaction per epoch, or one per subtask.")
            .orElse(CommitScope.SINK),
        reader
            .oneOf("on-reject", OnReject.class, "What to do with a row the store never accepts.")
            .orElse(onReject),
        reader
            .oneOf("on-rewind", OnRewind.class, "What to do when the store is ahead of the start.")
            .orElse(OnRewind.FAIL),
        new RetryPolicy(
            RetryPolicy.DEFAULT.firstBackoff(),
            RetryPolicy.DEFAULT.maxBackoff(),
            reader
                .duration("retry-for", "How long a commit is repeated before the job fails over.")
                .between(Duration.ZERO, Duration.ofMinutes(30))
                .orElse(RetryPolicy.DEFAULT.maxElapsed())),
        reader
            .memorySize("inline-limit", "Largest part that travels in the checkpoint's metadata.")
            .between(MemorySize.ZERO, MemorySize.parse("1mb"))
            .orElse(DEFAULT_INLINE_LIMIT),
        protocol,
        reader
            .string("pipeline", "Name that all sinks of one job share in the decision register.")
            .matching(SinkId::isValid, "lower-case letters, digits and -, at most 40")
            .optional()
            .orElse(id),
        protocol == CommitProtocol.THREE_PHASE
            ? PostgresConfig.read(reader.group("register"))
            : null,
        reader
            .oneOf("lease", LeasePolicy.class, "What to do while another job writes for this sink.")
            .orElse(LeasePolicy.NONE));
  }
}
