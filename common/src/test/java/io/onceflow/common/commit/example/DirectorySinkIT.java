package io.onceflow.common.commit.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.commit.TwoPhaseCommitSink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The example store in a job that fails on its way. */
@Timeout(120)
class DirectorySinkIT {

  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder().setNumberSlotsPerTaskManager(4).build());

  private static final long ROWS = 6_000;
  private static final AtomicInteger FAILURES_LEFT = new AtomicInteger(2);

  @TempDir Path directory;

  @Test
  void aJobThatFailsTwiceWritesEveryLineOnce() throws Exception {
    var lines = Files.createDirectories(directory.resolve("lines"));
    var environment = environment();
    var source =
        new DataGeneratorSource<>(
            index -> index, ROWS, RateLimiterStrategy.perSecond(3_000), Types.LONG);
    environment
        .fromSource(source, WatermarkStrategy.noWatermarks(), "Numbers")
        .uid("source-numbers")
        .map(DirectorySinkIT::failSometimes)
        .uid("fail-sometimes")
        .sinkTo(
            TwoPhaseCommitSink.of(new DirectoryStore<Long>(lines.toString(), id -> id.toString()))
                .sinkId("numbers")
                .checkpointsOf(environment.getConfiguration())
                .build())
        .uid("sink-numbers");
    environment.execute("numbers");

    assertThat(FAILURES_LEFT).hasNonPositiveValue();
    try (var files = Files.walk(lines)) {
      var written =
          files
              .filter(file -> file.endsWith("lines") && Files.isRegularFile(file))
              .flatMap(DirectorySinkIT::linesOf)
              .map(Long::valueOf)
              .toList();
      assertThat(written)
          .containsExactlyInAnyOrderElementsOf(LongStream.range(0, ROWS).boxed().toList());
    }
  }

  private static Stream<String> linesOf(Path file) {
    try {
      return Files.readAllLines(file).stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Long failSometimes(Long id) {
    if (id % 2_000 == 1_500 && FAILURES_LEFT.getAndDecrement() > 0) {
      throw new IllegalStateException("This job fails on purpose.");
    }
    return id;
  }

  private StreamExecutionEnvironment environment() {
    var configuration = new Configuration();
    configuration.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY, directory.resolve("chk").toUri().toString());
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(100));
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 5);
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(10));
    var environment = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    environment.setParallelism(2);
    return environment;
  }
}
