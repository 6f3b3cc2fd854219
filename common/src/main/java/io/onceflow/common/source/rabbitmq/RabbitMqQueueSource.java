package io.onceflow.common.source.rabbitmq;

import io.onceflow.common.config.RabbitMqConfig;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * Reads classic and quorum queues. A message is acknowledged after a checkpoint that contains it
 * has completed, and is emitted <b>once</b>, given that its producer set a {@code message-id}:
 *
 * <ul>
 *   <li>What was not acknowledged when a reader or a connection ended is delivered again. If the
 *       restored checkpoint contains it, it is dropped by its id and acknowledged with the next
 *       checkpoint; if not, it is emitted again, as all its effects were undone too.
 *   <li>What a producer sent twice is emitted once, if not more than the window's number of other
 *       messages of the same queue came in between.
 * </ul>
 *
 * <p>Each queue has one reader, whatever the parallelism; the order within a queue is the server's.
 * Restore the newest checkpoint only: what a later one acknowledged is gone from the queue. See
 * docs/rabbitmq.md for what else is not promised. Immutable.
 */
public final class RabbitMqQueueSource
    implements Source<RabbitMqMessage, QueueSplit, AssignedSplits>,
        ResultTypeQueryable<RabbitMqMessage> {

  /** Messages of a queue that may wait for a checkpoint. */
  public static final int DEFAULT_PREFETCH = 10_000;

  /** Ids of a queue that are remembered. */
  public static final int DEFAULT_WINDOW = 100_000;

  /** The largest prefetch: the protocol has 16 bits for it. */
  public static final int MAX_PREFETCH = 65_535;

  /** The largest window: 16 MB of state and 80 MB of memory for each queue. */
  public static final int MAX_WINDOW = 1_000_000;

  private static final long serialVersionUID = 1L;

  private final QueueSettings settings;

  private RabbitMqQueueSource(QueueSettings settings) {
    this.settings = settings;
  }

  /** Begins a source over the queues of one virtual host. */
  public static Builder builder(RabbitMqConfig server) {
    return new Builder(server);
  }

  @Override
  public Boundedness getBoundedness() {
    return settings.bounded() ? Boundedness.BOUNDED : Boundedness.CONTINUOUS_UNBOUNDED;
  }

  @Override
  public SourceReader<RabbitMqMessage, QueueSplit> createReader(SourceReaderContext context) {
    return QueueReader.of(settings, context);
  }

  @Override
  public SplitEnumerator<QueueSplit, AssignedSplits> createEnumerator(
      SplitEnumeratorContext<QueueSplit> context) {
    return restoreEnumerator(context, AssignedSplits.none());
  }

  @Override
  public SplitEnumerator<QueueSplit, AssignedSplits> restoreEnumerator(
      SplitEnumeratorContext<QueueSplit> context, AssignedSplits restored) {
    List<QueueSplit> splits =
        settings.queues().stream()
            .map(queue -> QueueSplit.untouched(queue, settings.bounded()))
            .toList();
    return new FixedSplitEnumerator<>(context, splits, restored, settings.bounded());
  }

  @Override
  public SimpleVersionedSerializer<QueueSplit> getSplitSerializer() {
    return new QueueSplitSerializer();
  }

  @Override
  public SimpleVersionedSerializer<AssignedSplits> getEnumeratorCheckpointSerializer() {
    return new AssignedSplitsSerializer();
  }

  @Override
  public TypeInformation<RabbitMqMessage> getProducedType() {
    return RabbitMqMessageSerializer.TYPE;
  }

  /** Collects what a source needs, and refuses what cannot work. Not thread-safe. */
  public static final class Builder {

    /** The server's own default, since 3.8.17. */
    private static final Duration CONSUMER_TIMEOUT = Duration.ofMinutes(30);

    private final RabbitMqConfig server;
    private final Set<String> queues = new LinkedHashSet<>();
    private boolean bounded;
    private int prefetch;
    private int window = DEFAULT_WINDOW;
    private MissingId missingId = MissingId.FAIL;
    private Duration reconnectLimit = Duration.ofMinutes(5);
    private Duration consumerTimeout = CONSUMER_TIMEOUT;
    private long messagesPerSecond;
    private Duration interval;

    private Builder(RabbitMqConfig server) {
      this.server = Objects.requireNonNull(server, "server");
    }

    /** Reads these queues too. They must exist. */
    public Builder queues(String... names) {
      for (String name : names) {
        if (name == null || name.isEmpty()) {
          throw new IllegalArgumentException("A queue to read has an empty name.");
        }
        queues.add(name);
      }
      return this;
    }

    /**
     * The job's configuration: queues are acknowledged with checkpoints, so it has to say when they
     * are taken.
     *
     * @throws IllegalArgumentException when there are none
     */
    public Builder checkpointsOf(ReadableConfig configuration) {
      interval =
          configuration.getOptional(CheckpointingOptions.CHECKPOINTING_INTERVAL).orElse(null);
      if (interval == null
          || configuration.get(ExecutionOptions.RUNTIME_MODE) == RuntimeExecutionMode.BATCH) {
        throw new IllegalArgumentException(
            "A queue is acknowledged when a checkpoint completes, and the job takes none: set execution.checkpointing.interval, and leave execution.runtime-mode at STREAMING.");
      }
      return this;
    }

    /**
     * Ends after as many messages of each queue as are ready in it at the start, or as soon as it
     * is empty. Without it the source never ends.
     */
    public Builder bounded() {
      bounded = true;
      return this;
    }

    /**
     * How many messages of each queue may be delivered and not acknowledged: a queue gives no more
     * than these between two checkpoints, and the buffer of each holds no more. 1 to {@value
     * #MAX_PREFETCH}, by default {@value #DEFAULT_PREFETCH}, or what {@link #expectedRate} needs.
     */
    public Builder prefetch(int messages) {
      prefetch = messages;
      if (messages < 1 || messages > MAX_PREFETCH) {
        throw new IllegalArgumentException(
            "A prefetch of %d is not between 1 and %d; without a limit a queue would fill the memory."
                .formatted(messages, MAX_PREFETCH));
      }
      return this;
    }

    /** The messages per second of the busiest queue; a prefetch that starves it is refused. */
    public Builder expectedRate(long newMessagesPerSecond) {
      messagesPerSecond = newMessagesPerSecond;
      return this;
    }

    /**
     * How many ids of each queue are remembered: what a producer sent twice is dropped if not more
     * other messages came in between. Up to {@value #MAX_WINDOW}, by default {@value
     * #DEFAULT_WINDOW}; at least the prefetch. Each costs about 80 bytes of memory, and 16 of state
     * in every checkpoint; as many again may wait for redeliveries.
     */
    public Builder window(int ids) {
      window = ids;
      return this;
    }

    /** What becomes of messages without an id; by default the job fails. */
    public Builder missingId(MissingId policy) {
      missingId = Objects.requireNonNull(policy);
      return this;
    }

    /** How long a queue may be out of reach before the job fails; by default 5 minutes. */
    public Builder reconnectLimit(Duration limit) {
      reconnectLimit = Objects.requireNonNull(limit);
      return this;
    }

    /**
     * The server's {@code consumer_timeout}, after which it closes a channel that acknowledges
     * nothing; by default the server's default, 30 minutes.
     */
    public Builder consumerTimeout(Duration timeout) {
      consumerTimeout = Objects.requireNonNull(timeout);
      return this;
    }

    /**
     * The source.
     *
     * @throws IllegalArgumentException when the settings cannot work together
     */
    public RabbitMqQueueSource build() {
      if (queues.isEmpty() || interval == null) {
        throw new IllegalArgumentException(
            "A source of queues needs queues and the job's configuration: call queues and checkpointsOf.");
      }
      refuseTimeout();
      int messages = fittingPrefetch();
      if (window < messages || window > MAX_WINDOW) {
        throw new IllegalArgumentException(
            "A window of %d ids is not between the prefetch, %d, and %d: what may be delivered again must be known again."
                .formatted(window, messages, MAX_WINDOW));
      }
      return new RabbitMqQueueSource(
          new QueueSettings(
              server, Set.copyOf(queues), bounded, messages, window, missingId, reconnectLimit));
    }

    private void refuseTimeout() {
      if (interval.multipliedBy(2).compareTo(consumerTimeout) > 0) {
        throw new IllegalArgumentException(
            "Checkpoints every %s acknowledge too late for a consumer_timeout of %s, after which the server delivers again: take them twice as often at least, or raise consumer_timeout on the server and tell the source."
                .formatted(interval, consumerTimeout));
      }
    }

    /** A checkpoint that takes as long as its interval must not stop the flow. */
    private int fittingPrefetch() {
      double needed = Math.ceil(messagesPerSecond * 2.0 * interval.toMillis() / 1000);
      int messages = prefetch;
      if (messages == 0) {
        messages = (int) Math.min(MAX_PREFETCH, Math.max(DEFAULT_PREFETCH, needed));
      }
      if (needed > messages) {
        throw new IllegalArgumentException(
            "A prefetch of %d starves a queue of %d messages/s: acknowledged every %s it needs %.0f, twice the interval's. Raise it (up to %d), shorten execution.checkpointing.interval, or spread the messages over more queues."
                .formatted(messages, messagesPerSecond, interval, needed, MAX_PREFETCH));
      }
      return messages;
    }
  }
}
