package io.onceflow.common.sink.redis;

import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.RowBuffer;
import io.onceflow.common.commit.RowEncoder;
import io.onceflow.common.commit.RowRejectedException;
import io.onceflow.common.commit.SinkGates;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StagedSession;
import io.onceflow.common.commit.StagedStore;
import io.onceflow.common.config.RedisConfig;
import io.onceflow.common.lock.SinkLeases;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The keys of one Redis server under one prefix as a store for strategy STAGED.
 *
 * <pre>{@code
 * TwoPhaseCommitSink.of(
 *         RedisStore.of(config, sale -> RedisOperation.incrBy("{shop}:sold:" + sale.item(), sale.count())))
 *     .sinkId("sold")
 *     .checkpointsOf(env.getConfiguration())
 *     .build()
 * }</pre>
 *
 * <p>Guarantee: every operation of a completed checkpoint takes effect once, epochs in their order,
 * on a primary that keeps what it acknowledges ({@code appendfsync always}); replicas may lose it.
 * A script applies an epoch as a whole, so readers see all of it or nothing, as long as it fits
 * into one chunk; a larger one becomes visible chunk by chunk. Operations of one writer keep their
 * order; writers follow one after the other.
 *
 * @param <T> the stream's type
 */
public final class RedisStore<T> implements StagedStore<T> {

  private static final long serialVersionUID = 1L;

  /** Index of the target for operations. */
  static final int ROWS = 0;

  /** Index of the target for what a mapper makes and the rules reject. */
  static final int DEAD_LETTERS = 1;

  private final RedisConfig config;
  private final RedisMapper<T> mapper;

  private RedisStore(RedisConfig config, RedisMapper<T> mapper) {
    this.config = Objects.requireNonNull(config, "config");
    this.mapper = Objects.requireNonNull(mapper, "mapper");
  }

  /** A store that carries out what the mapper makes. */
  public static <T> RedisStore<T> of(RedisConfig config, RedisMapper<T> mapper) {
    return new RedisStore<>(config, mapper);
  }

  @Override
  public String description() {
    var server = config.server();
    return "Redis at %s:%d/%s".formatted(server.host(), server.port(), config.keyPrefix());
  }

  @Override
  public List<String> targets() {
    return List.of(Names.rows(config.keyPrefix()), Names.deadLetters(config.keyPrefix()));
  }

  @Override
  public RowEncoder<T> createEncoder() {
    return new Encoder<>(
        mapper, new OperationRules(config.keyPrefix()), new DeadLetters(config.keyPrefix()));
  }

  @Override
  public Optional<SinkGates> gates() {
    return Optional.of(SinkLeases.of(RedisLeaseStore.at(config)));
  }

  @Override
  public StagedSession createSession(SinkId sinkId, String runId, OnReject onReject) {
    return new RedisSession(config, sinkId, runId, onReject);
  }

  private record Encoder<T>(RedisMapper<T> mapper, OperationRules rules, DeadLetters deadLetters)
      implements RowEncoder<T> {

    @Override
    public int encode(T value, RowBuffer row, RowBuffer key) throws RowRejectedException {
      var operation = mapper.operationOf(value);
      rules.check(operation);
      OperationFormat.write(operation, row);
      return ROWS;
    }

    @Override
    public int encodeDeadLetter(T value, RowRejectedException rejection, RowBuffer row) {
      OperationFormat.write(deadLetters.of(rejection, String.valueOf(value)), row);
      return DEAD_LETTERS;
    }
  }
}
