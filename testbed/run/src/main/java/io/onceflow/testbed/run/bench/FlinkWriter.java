package io.onceflow.testbed.run.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Runs one and the same job in a MiniCluster, {@code numbers -> meter -> sink}, with the sink of a
 * contender. Upserts are keyed by id, so that the last write per key is defined.
 *
 * @param directory for checkpoints
 * @param parallelism of source and sink
 * @param limit when a job that has not finished is stopped
 */
record FlinkWriter(Path directory, int parallelism, Duration limit) {

  private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(1);

  /** Makes a contender's sink. */
  interface SinkFactory {
    Sink<Long> create(ReadableConfig configuration);
  }

  Timing write(Workload workload, SinkFactory sinks) throws Exception {
    var configuration = configuration();
    var environment = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    environment.setParallelism(parallelism);
    var name = UUID.randomUUID().toString();
    numbers(environment, workload)
        .map(new RowMeter(name))
        .returns(Types.LONG)
        .uid("meter")
        .sinkTo(sinks.create(configuration))
        .uid("sink");
    var startedNs = System.nanoTime();
    var client = environment.executeAsync();
    var finished = await(client, startedNs);
    var endedNs = System.nanoTime();
    var counts = RowMeter.countsOf(name);
    if (!finished) {
      client.cancel().get();
      return new Timing(
          counts.passed(),
          counts.covered(),
          endedNs - startedNs,
          endedNs - counts.firstRowNs(),
          false);
    }
    return new Timing(
        workload.count(),
        workload.count(),
        endedNs - startedNs,
        endedNs - counts.firstRowNs(),
        true);
  }

  private boolean await(JobClient client, long startedNs) throws Exception {
    try {
      var leftNs = limit.toNanos() - (System.nanoTime() - startedNs);
      client.getJobExecutionResult().get(leftNs, TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    }
  }

  private static DataStream<Long> numbers(
      StreamExecutionEnvironment environment, Workload workload) {
    GeneratorFunction<Long, Long> identity = number -> number;
    DataStream<Long> numbers =
        environment
            .fromSource(
                new DataGeneratorSource<>(identity, workload.count(), Types.LONG),
                WatermarkStrategy.noWatermarks(),
                "numbers")
            .uid("numbers");
    var rows = workload.rows();
    return workload.isUpsert() ? numbers.keyBy(rows::id, Types.LONG) : numbers;
  }

  private Configuration configuration() throws IOException {
    var checkpoints = directory.resolve("checkpoints").toUri().toString();
    return new Configuration()
        .set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints)
        .set(CheckpointingOptions.CHECKPOINTING_INTERVAL, CHECKPOINT_INTERVAL)
        .set(PipelineOptions.GENERIC_TYPES, false)
        .set(PipelineOptions.AUTO_GENERATE_UIDS, false)
        // A restart would count as time and hide its reason.
        .set(RestartStrategyOptions.RESTART_STRATEGY, "disable");
  }
}
