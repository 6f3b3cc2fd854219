package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.TwoPhaseCommitSink;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Small jobs that write numbered rows into a database, for the fault tests of the sink. */
public final class SinkJobs {

  static final String SINK_ID = "numbers";

  static final String DDL =
      """
      CREATE TABLE numbers (id bigint NOT NULL, value bigint CHECK (value <> -1));
      CREATE TABLE latest (key bigint PRIMARY KEY, id bigint NOT NULL);
      """;

  /** A row to append. */
  public record Numbered(Long id, Long value) {}

  /** A row to upsert. */
  public record Latest(Long key, Long id) {}

  private SinkJobs() {}

  /** An environment with checkpoints every 200 ms below a directory. */
  public static StreamExecutionEnvironment environment(
      Path directory, int parallelism, String restoreFrom) {
    var configuration = new Configuration();
    configuration.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY, directory.resolve("chk").toUri().toString());
    configuration.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 20);
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY,
        java.time.Duration.ofMillis(100));
    configuration.set(PipelineOptions.GENERIC_TYPES, false);
    configuration.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
    configuration.set(
        CheckpointingOptions.CHECKPOINTING_INTERVAL, java.time.Duration.ofMillis(200));
    configuration.set(CheckpointingOptions.CHECKPOINTING_TIMEOUT, java.time.Duration.ofMinutes(1));
    if (restoreFrom != null) {
      configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, restoreFrom);
    }
    var environment = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    environment.setParallelism(parallelism);
    return environment;
  }

  /** Rows with ids from one number on, at a bounded rate, each subtask with a range of its own. */
  public static DataStream<Numbered> numbers(
      StreamExecutionEnvironment environment, String uid, long from, long count, double perSecond) {
    return numbers(environment, uid, from, count, perSecond, environment.getParallelism());
  }

  /** Rows with ids from 0 on, in the order of their ids. */
  static DataStream<Numbered> numbersInOrder(
      StreamExecutionEnvironment environment, String uid, long count, double perSecond) {
    return numbers(environment, uid, 0, count, perSecond, 1);
  }

  private static DataStream<Numbered> numbers(
      StreamExecutionEnvironment environment,
      String uid,
      long from,
      long count,
      double perSecond,
      int parallelism) {
    GeneratorFunction<Long, Long> identity = index -> index + from;
    var source =
        new DataGeneratorSource<>(
            identity, count, RateLimiterStrategy.perSecond(perSecond), Types.LONG);
    return environment
        .fromSource(source, WatermarkStrategy.noWatermarks(), "Numbers " + uid)
        .uid("source-" + uid)
        .setParallelism(parallelism)
        .map(id -> new Numbered(id, id))
        .returns(Numbered.class)
        .uid("map-" + uid)
        .setParallelism(parallelism);
  }

  static TwoPhaseCommitSink<Numbered> sink(
      StreamExecutionEnvironment environment, OnceflowDatabase database) {
    return sink(environment, database, database.database().server().port(), builder -> builder);
  }

  static TwoPhaseCommitSink<Numbered> sink(
      StreamExecutionEnvironment environment,
      OnceflowDatabase database,
      int port,
      UnaryOperator<TwoPhaseCommitSink.Builder<Numbered>> settings) {
    var store =
        PostgresStore.<Numbered>at(database.configThrough(port))
            .table(
                Numbered.class,
                PostgresTable.<Numbered>named("numbers")
                    .bigint("id", Numbered::id)
                    .bigint("value", Numbered::value));
    return settings
        .apply(
            TwoPhaseCommitSink.of(store)
                .sinkId(SINK_ID)
                .checkpointsOf(environment.getConfiguration()))
        .build();
  }

  static TwoPhaseCommitSink<Latest> upsertSink(
      StreamExecutionEnvironment environment, OnceflowDatabase database) {
    return upsertSink(environment, database, builder -> builder);
  }

  static TwoPhaseCommitSink<Latest> upsertSink(
      StreamExecutionEnvironment environment,
      OnceflowDatabase database,
      UnaryOperator<TwoPhaseCommitSink.Builder<Latest>> settings) {
    var store =
        PostgresStore.<Latest>at(database.config())
            .table(
                Latest.class,
                PostgresTable.<Latest>named("latest")
                    .bigint("key", Latest::key)
                    .bigint("id", Latest::id)
                    .upsertOn("key"));
    return settings
        .apply(
            TwoPhaseCommitSink.of(store)
                .sinkId("latest")
                .checkpointsOf(environment.getConfiguration()))
        .build();
  }
}
