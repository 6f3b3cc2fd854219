package io.onceflow.common.sink.rabbitmq;

import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.RowBuffer;
import io.onceflow.common.commit.RowEncoder;
import io.onceflow.common.commit.RowRejectedException;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StagedSession;
import io.onceflow.common.commit.StagedStore;
import io.onceflow.common.config.RabbitMqConfig;
import java.util.List;
import java.util.Objects;

/**
 * Queues of RabbitMQ, behind an exchange, as a store for strategy STAGED.
 *
 * <p>Guarantee: <b>effectively once</b>. Every message of a completed checkpoint is confirmed by
 * the broker, or among the dead letters when no queue is bound to its key, and no message of
 * another checkpoint is. After a crash in the middle of an epoch its messages may be published
 * again, with the same message ids: a consumer that drops ids it has seen sees each once, as {@code
 * RabbitMqSource} does. The broker has nothing that would do it for queues; streams have.
 *
 * <p>The sink's record is in a stream: the broker needs the plugin {@code rabbitmq_stream}.
 *
 * @param <T> the stream's type
 */
public final class RabbitMqQueueStore<T> implements StagedStore<T> {

  private static final long serialVersionUID = 1L;

  private final RabbitMqConfig config;
  private final String exchange;
  private final String deadLetters;
  private final RabbitMqMapper<T> mapper;

  private RabbitMqQueueStore(
      RabbitMqConfig config, String exchange, String deadLetters, RabbitMqMapper<T> mapper) {
    this.config = Objects.requireNonNull(config, "config");
    this.exchange = Objects.requireNonNull(exchange, "exchange");
    this.deadLetters = Objects.requireNonNull(deadLetters, "deadLetters");
    this.mapper = Objects.requireNonNull(mapper, "mapper");
  }

  /**
   * A store that publishes what the mapper makes; the destination of each is its routing key.
   *
   * @param exchange where to; empty for the default one, whose keys are names of queues
   * @param deadLetters the queue for what cannot be published; it must exist
   */
  public static <T> RabbitMqQueueStore<T> of(
      RabbitMqConfig config, String exchange, String deadLetters, RabbitMqMapper<T> mapper) {
    return new RabbitMqQueueStore<>(config, exchange, deadLetters, mapper);
  }

  @Override
  public String description() {
    return "RabbitMQ at %s:%d%s".formatted(config.host(), config.port(), config.virtualHost());
  }

  @Override
  public List<String> targets() {
    return List.of(exchange.isEmpty() ? "queues" : exchange, deadLetters);
  }

  @Override
  public RowEncoder<T> createEncoder() {
    return new Encoder<>(
        mapper,
        new OutputRules(OutputRules.MAX_QUEUE_BYTES, OutputRules.MAX_QUEUE_PROPERTY_BYTES),
        new DeadLetters(deadLetters));
  }

  @Override
  public StagedSession createSession(SinkId sinkId, String runId, OnReject onReject) {
    var link = new StreamLink(config, "onceflow-" + sinkId);
    return new RabbitMqSession(
        runId,
        link,
        new SinkLog(link, Names.log(sinkId)),
        new QueuePublisher(config, exchange, deadLetters, sinkId, onReject));
  }

  private record Encoder<T>(RabbitMqMapper<T> mapper, OutputRules rules, DeadLetters deadLetters)
      implements RowEncoder<T> {

    @Override
    public int encode(T value, RowBuffer row, RowBuffer key) throws RowRejectedException {
      var output = mapper.outputOf(value);
      rules.check(output);
      OutputFormat.write(output, row);
      return QueuePublisher.OUTPUTS;
    }

    @Override
    public int encodeDeadLetter(T value, RowRejectedException rejection, RowBuffer row) {
      OutputFormat.write(deadLetters.of(rejection, String.valueOf(value)), row);
      return QueuePublisher.DEAD_LETTERS;
    }
  }
}
