package io.onceflow.common.sink.rabbitmq;

import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.RowBuffer;
import io.onceflow.common.commit.RowEncoder;
import io.onceflow.common.commit.RowRejectedException;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StagedSession;
import io.onceflow.common.commit.StagedStore;
import io.onceflow.common.config.OneLine;
import io.onceflow.common.config.RabbitMqConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Streams of RabbitMQ as a store for strategy STAGED.
 *
 * <pre>{@code
 * TwoPhaseCommitSink.of(
 *         RabbitMqStreamStore.of(
 *             config, List.of("payments"), "payments-dead", p -> RabbitMqOutput.text("payments", p)))
 *     .sinkId("payments")
 *     .checkpointsOf(env.getConfiguration())
 *     .build()
 * }</pre>
 *
 * <p>Guarantee: every message of a completed checkpoint is in its stream exactly once, messages of
 * one writer in their order, epochs one after the other. A reader sees an epoch grow; one that must
 * not waits for the message with the header {@code onceflow-last}.
 *
 * @param <T> the stream's type
 */
public final class RabbitMqStreamStore<T> implements StagedStore<T> {

  private static final long serialVersionUID = 1L;

  private final RabbitMqConfig config;
  private final List<String> streams;
  private final String deadLetters;
  private final RabbitMqMapper<T> mapper;

  private RabbitMqStreamStore(
      RabbitMqConfig config, List<String> streams, String deadLetters, RabbitMqMapper<T> mapper) {
    this.config = Objects.requireNonNull(config, "config");
    this.streams = List.copyOf(streams);
    this.deadLetters = Objects.requireNonNull(deadLetters, "deadLetters");
    this.mapper = Objects.requireNonNull(mapper, "mapper");
    targets().forEach(RabbitMqStreamStore::requireName);
    if (this.streams.isEmpty() || this.streams.contains(deadLetters)) {
      throw new IllegalArgumentException(
          "The sink needs one stream at least, and another one for dead letters, got %s and %s."
              .formatted(streams, deadLetters));
    }
  }

  /** They stand in the sink's log, between signs of its own. */
  private static void requireName(String stream) {
    if (!stream.matches("[^\\s,@=]{1,200}")) {
      throw new IllegalArgumentException(
          "A stream's name needs 1 to 200 characters without spaces and , @ =, got '%s'."
              .formatted(OneLine.of(stream)));
    }
  }

  /**
   * A store that publishes what the mapper makes.
   *
   * @param streams where messages may go; all must exist
   * @param deadLetters the stream for what cannot be published; it must exist
   */
  public static <T> RabbitMqStreamStore<T> of(
      RabbitMqConfig config, List<String> streams, String deadLetters, RabbitMqMapper<T> mapper) {
    return new RabbitMqStreamStore<>(config, streams, deadLetters, mapper);
  }

  @Override
  public String description() {
    return "RabbitMQ streams at %s:%d%s"
        .formatted(config.host(), config.streamPort(), config.virtualHost());
  }

  @Override
  public List<String> targets() {
    var targets = new ArrayList<>(streams);
    targets.add(deadLetters);
    return targets;
  }

  @Override
  public RowEncoder<T> createEncoder() {
    return new Encoder<>(
        mapper,
        streams,
        new OutputRules(OutputRules.MAX_STREAM_BYTES, OutputRules.MAX_STREAM_BYTES),
        new DeadLetters(deadLetters));
  }

  @Override
  public StagedSession createSession(SinkId sinkId, String runId, OnReject onReject) {
    var link = new StreamLink(config, "onceflow-" + sinkId);
    return new RabbitMqSession(
        runId,
        link,
        new SinkLog(link, Names.log(sinkId)),
        new StreamPublisher(link, targets(), sinkId));
  }

  private record Encoder<T>(
      RabbitMqMapper<T> mapper, List<String> streams, OutputRules rules, DeadLetters deadLetters)
      implements RowEncoder<T> {

    @Override
    public int encode(T value, RowBuffer row, RowBuffer key) throws RowRejectedException {
      var output = mapper.outputOf(value);
      var target = streams.indexOf(output.destination());
      if (target < 0) {
        throw new RowRejectedException(
            output.destination(),
            "unknown-stream",
            "The stream is not one of the sink's: %s.".formatted(streams));
      }
      rules.check(output);
      OutputFormat.write(output, row);
      return target;
    }

    @Override
    public int encodeDeadLetter(T value, RowRejectedException rejection, RowBuffer row) {
      OutputFormat.write(deadLetters.of(rejection, String.valueOf(value)), row);
      return streams.size();
    }
  }
}
