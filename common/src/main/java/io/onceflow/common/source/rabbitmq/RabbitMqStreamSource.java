package io.onceflow.common.source.rabbitmq;

import io.onceflow.common.config.RabbitMqConfig;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * Reads streams over the stream protocol. A stream keeps what was read, so a position is all the
 * state there is: each message is emitted <b>once</b>, whatever fails, as long as the stream's
 * retention keeps it. What was published twice is in the stream twice and is emitted twice; a
 * producer with a name and publishing ids lets the server prevent that.
 *
 * <p>Each stream has one reader; the order within a stream is kept. A super stream is read by
 * naming its partitions. Immutable.
 */
public final class RabbitMqStreamSource
    implements Source<RabbitMqMessage, StreamSplit, AssignedSplits>,
        ResultTypeQueryable<RabbitMqMessage> {

  private static final long serialVersionUID = 1L;

  private final StreamSettings settings;

  private RabbitMqStreamSource(StreamSettings settings) {
    this.settings = settings;
  }

  /** Begins a source over the streams of one virtual host. */
  public static Builder builder(RabbitMqConfig server) {
    return new Builder(server);
  }

  @Override
  public Boundedness getBoundedness() {
    return settings.bounded() ? Boundedness.BOUNDED : Boundedness.CONTINUOUS_UNBOUNDED;
  }

  @Override
  public SourceReader<RabbitMqMessage, StreamSplit> createReader(SourceReaderContext context) {
    return StreamReader.of(settings, context);
  }

  @Override
  public SplitEnumerator<StreamSplit, AssignedSplits> createEnumerator(
      SplitEnumeratorContext<StreamSplit> context) {
    return restoreEnumerator(context, AssignedSplits.none());
  }

  @Override
  public SplitEnumerator<StreamSplit, AssignedSplits> restoreEnumerator(
      SplitEnumeratorContext<StreamSplit> context, AssignedSplits restored) {
    List<StreamSplit> splits =
        settings.streams().stream()
            .map(stream -> StreamSplit.untouched(stream, settings.bounded()))
            .toList();
    return new FixedSplitEnumerator<>(context, splits, restored, settings.bounded());
  }

  @Override
  public SimpleVersionedSerializer<StreamSplit> getSplitSerializer() {
    return new StreamSplitSerializer();
  }

  @Override
  public SimpleVersionedSerializer<AssignedSplits> getEnumeratorCheckpointSerializer() {
    return new AssignedSplitsSerializer();
  }

  @Override
  public TypeInformation<RabbitMqMessage> getProducedType() {
    return RabbitMqMessageSerializer.TYPE;
  }

  /** Collects what a source needs. Not thread-safe. */
  public static final class Builder {

    private final RabbitMqConfig server;
    private final Set<String> streams = new LinkedHashSet<>();
    private StreamStart start = StreamStart.first();
    private boolean bounded;
    private OnGap onGap = OnGap.FAIL;
    private Duration reconnectLimit = Duration.ofMinutes(5);
    private Duration emptyAfter = Duration.ofSeconds(10);

    private Builder(RabbitMqConfig server) {
      this.server = Objects.requireNonNull(server, "server");
    }

    /** Reads these streams, or partitions of super streams, too. They must exist. */
    public Builder streams(String... names) {
      for (String name : names) {
        if (name == null || name.isEmpty()) {
          throw new IllegalArgumentException("A stream to read has an empty name.");
        }
        streams.add(name);
      }
      return this;
    }

    /** Where to read from when no checkpoint knows; by default from the oldest message. */
    public Builder startingAt(StreamStart newStart) {
      start = Objects.requireNonNull(newStart);
      return this;
    }

    /** Ends each stream behind the message that is its last one at the start. */
    public Builder bounded() {
      bounded = true;
      return this;
    }

    /** What happens when messages that come next are gone; by default the job fails. */
    public Builder onGap(OnGap newOnGap) {
      onGap = Objects.requireNonNull(newOnGap);
      return this;
    }

    /** How long streams may be out of reach before the job fails; by default 5 minutes. */
    public Builder reconnectLimit(Duration limit) {
      reconnectLimit = Objects.requireNonNull(limit);
      return this;
    }

    /**
     * After how much silence a stream is taken for empty, where its end is looked for; by default
     * 10 seconds. Servers do not say that a stream is empty.
     */
    public Builder emptyAfter(Duration silence) {
      emptyAfter = Objects.requireNonNull(silence);
      return this;
    }

    /**
     * The source.
     *
     * @throws IllegalArgumentException when no stream is named, or the server has no port for them
     */
    public RabbitMqStreamSource build() {
      if (streams.isEmpty() || server.streamPort() == 0) {
        throw new IllegalArgumentException(
            "A source of streams needs streams and the server's stream port: call streams, and set stream-port.");
      }
      return new RabbitMqStreamSource(
          new StreamSettings(
              server, Set.copyOf(streams), start, bounded, onGap, reconnectLimit, emptyAfter));
    }
  }
}
