package io.onceflow.tool;

import io.onceflow.common.commit.CommitStrategy;
import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.TwoPhaseCommitSink;
import io.onceflow.common.config.Arguments;
import io.onceflow.common.config.ConfigReader;
import io.onceflow.common.config.PostgresConfig;
import io.onceflow.common.config.Settings;
import io.onceflow.common.sink.postgres.PostgresStore;
import io.onceflow.common.sink.postgres.PostgresTable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
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
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * A job in a process of its own: numbers from 0 on into table numbers, with strategy PREPARED.
 * Arguments: configuration, checkpoint directory, number of rows, and then either {@code stall} or
 * the checkpoint to restore from, or nothing.
 *
 * <p>With {@code stall} it says so and stands still when the fourth epoch, whose checkpoint has
 * completed, is about to be committed: the moment at which a process that is killed leaves its
 * transactions in doubt.
 */
public final class NumbersJob {

  static final String STALLED = "STALLED before the commit of a completed checkpoint";

  private static final int PARALLELISM = 2;
  private static final double PER_SECOND = 2_000;

  /** A row to append. */
  public record Number(Long id) {}

  private NumbersJob() {}

  /** Runs the job to its end. */
  public static void main(String... args) throws Exception {
    var more = args.length > 3 ? args[3] : "";
    if (more.equals("stall")) {
      stallAtTheFourthEpoch();
    }
    var environment = environment(args[1], more.equals("stall") ? "" : more);
    GeneratorFunction<Long, Long> identity = index -> index;
    environment
        .fromSource(
            new DataGeneratorSource<>(
                identity,
                Long.parseLong(args[2]),
                RateLimiterStrategy.perSecond(PER_SECOND),
                Types.LONG),
            WatermarkStrategy.noWatermarks(),
            "Numbers")
        .uid("source-numbers")
        .map(Number::new)
        .returns(Number.class)
        .uid("map-numbers")
        .sinkTo(sink(environment, Path.of(args[0])))
        .uid("sink-numbers");
    environment.execute("numbers");
  }

  private static void stallAtTheFourthEpoch() {
    var epochs = new AtomicInteger();
    CrashPoints.arm(
        CrashPoints.COMMIT_BEFORE_DECIDE,
        () -> {
          if (epochs.incrementAndGet() == 4) {
            System.out.println(STALLED);
            try {
              new CountDownLatch(1).await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
        });
  }

  private static TwoPhaseCommitSink<Number> sink(
      StreamExecutionEnvironment environment, Path config) {
    var settings = Settings.load(new Arguments(Optional.of(config), Map.of(), false));
    var postgres =
        ConfigReader.read(
            "postgres",
            settings.only("postgres"),
            reader -> PostgresConfig.read(reader.group("postgres")));
    return TwoPhaseCommitSink.of(
            PostgresStore.<Number>at(postgres)
                .table(
                    Number.class, PostgresTable.<Number>named("numbers").bigint("id", Number::id)))
        .sinkId(ToolDatabase.SINK)
        .strategy(CommitStrategy.PREPARED)
        .checkpointsOf(environment.getConfiguration())
        .build();
  }

  private static StreamExecutionEnvironment environment(String directory, String restoreFrom) {
    var configuration = new Configuration();
    configuration.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY, Path.of(directory).toUri().toString());
    configuration.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(500));
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "disable");
    configuration.set(PipelineOptions.GENERIC_TYPES, false);
    configuration.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
    if (!restoreFrom.isEmpty()) {
      configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, restoreFrom);
    }
    var environment = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    environment.setParallelism(PARALLELISM);
    return environment;
  }
}
