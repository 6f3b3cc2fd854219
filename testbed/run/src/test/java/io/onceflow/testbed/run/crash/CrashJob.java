package io.onceflow.testbed.run.crash;

import io.onceflow.common.commit.CommitStrategy;
import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.OnRewind;
import io.onceflow.common.commit.TwoPhaseCommitSink;
import io.onceflow.common.config.PostgresConfig;
import io.onceflow.common.config.Secret;
import io.onceflow.common.sink.postgres.PostgresDecisionRegisters;
import io.onceflow.common.sink.postgres.PostgresStore;
import io.onceflow.common.sink.postgres.PostgresTable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.HighAvailabilityOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Writes the numbers from 0 into the table {@code numbers} and ends; or halts at a crash point, as
 * {@code kill -9} would at that very step. Its only argument is a properties file, see {@link
 * CrashRun}.
 */
public final class CrashJob {

  static final String SINK_ID = "numbers";

  /** The exit code of a job that got to its crash point. */
  static final int EXIT_HALTED = 87;

  private static final int PARALLELISM = 2;

  private CrashJob() {}

  /** A row. */
  public record Numbered(Long id) {}

  /** Runs the job; returns when it has finished. */
  public static void main(String[] args) throws Exception {
    var settings = new Properties();
    try (var in = Files.newInputStream(Path.of(args[0]))) {
      settings.load(in);
    }
    haltAt(settings.getProperty("crash-point"), number(settings, "crash-hit"));
    var environment = StreamExecutionEnvironment.getExecutionEnvironment(configuration(settings));
    environment.setParallelism(PARALLELISM);
    GeneratorFunction<Long, Long> identity = index -> index;
    var source =
        new DataGeneratorSource<>(
            identity,
            number(settings, "rows"),
            RateLimiterStrategy.perSecond(number(settings, "rows-per-second")),
            Types.LONG);
    environment
        .fromSource(source, WatermarkStrategy.noWatermarks(), "Numbers")
        .uid("numbers")
        .map(Numbered::new)
        .returns(Numbered.class)
        .uid("map")
        .sinkTo(sink(settings, environment))
        .uid("sink");
    environment.execute();
  }

  private static void haltAt(String point, long hit) {
    if (point == null) {
      return;
    }
    var hits = new AtomicInteger();
    CrashPoints.arm(
        point,
        () -> {
          if (hits.incrementAndGet() == hit) {
            Runtime.getRuntime().halt(EXIT_HALTED);
          }
        });
  }

  private static Configuration configuration(Properties settings) {
    var directory = Path.of(settings.getProperty("directory"));
    var configuration = new Configuration();
    configuration.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY, directory.resolve("chk").toUri().toString());
    configuration.set(
        CheckpointingOptions.CHECKPOINT_STORAGE, CrashingStorageFactory.class.getName());
    configuration.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    configuration.set(CheckpointingOptions.MAX_RETAINED_CHECKPOINTS, 100);
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(150));
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    configuration.set(HighAvailabilityOptions.HA_MODE, RecordingHighAvailability.class.getName());
    configuration.set(
        RecordingHighAvailability.REGISTERED, directory.resolve("registered").toString());
    var restoreFrom = settings.getProperty("restore-from");
    if (restoreFrom != null) {
      configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, restoreFrom);
    }
    return configuration;
  }

  private static TwoPhaseCommitSink<Numbered> sink(
      Properties settings, StreamExecutionEnvironment environment) {
    var config =
        PostgresConfig.loopback(
            (int) number(settings, "port"),
            settings.getProperty("database"),
            settings.getProperty("user"),
            Secret.fromFile(settings.getProperty("password-file")));
    var store =
        PostgresStore.<Numbered>at(config)
            .table(
                Numbered.class,
                PostgresTable.<Numbered>named("numbers").bigint("id", Numbered::id));
    var sink =
        TwoPhaseCommitSink.of(store)
            .sinkId(SINK_ID)
            .onRewind(OnRewind.FAIL)
            .checkpointsOf(environment.getConfiguration());
    switch (CrashRun.Strategy.valueOf(settings.getProperty("strategy"))) {
      case STAGED -> sink.strategy(CommitStrategy.STAGED);
      case PREPARED -> sink.strategy(CommitStrategy.PREPARED);
      case THREE_PHASE ->
          sink.strategy(CommitStrategy.PREPARED)
              .threePhase(SINK_ID, PostgresDecisionRegisters.at(config));
    }
    return sink.build();
  }

  private static long number(Properties settings, String key) {
    return Long.parseLong(settings.getProperty(key, "1"));
  }
}
