package io.onceflow.testbed.chaos.subject;

import io.onceflow.testbed.chaos.job.ChaosJob;
import io.onceflow.testbed.chaos.job.ChaosSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.ExceptionUtils;

/** The job of a subject in a MiniCluster of this JVM. */
final class LocalJob implements AutoCloseable {

  private static final long TIMEOUT_SECONDS = 60;

  private final Path directory;
  private final JobClient client;

  private LocalJob(Path directory, JobClient client) {
    this.directory = directory;
    this.client = client;
  }

  /** Starts it, with more arguments for the job if there are any. */
  static LocalJob start(
      Subject subject, Block block, Path directory, Start start, String... arguments)
      throws Exception {
    var all = new ArrayList<>(subject.jobArguments(block));
    all.addAll(List.of(arguments));
    var environment =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration(directory, start));
    ChaosJob.define(environment, ChaosSettings.parse(all.toArray(new String[0])));
    return new LocalJob(directory, environment.executeAsync(subject.name()));
  }

  /**
   * How it starts.
   *
   * @param restore a savepoint or a checkpoint, or null
   */
  record Start(int parallelism, String restore) {}

  private static Configuration configuration(Path directory, Start start) {
    var configuration = new Configuration();
    configuration.set(PipelineOptions.GENERIC_TYPES, false);
    configuration.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
    configuration.set(CoreOptions.DEFAULT_PARALLELISM, start.parallelism());
    configuration.set(TaskManagerOptions.NUM_TASK_SLOTS, start.parallelism());
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(300));
    configuration.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY, directory.resolve("chk").toUri().toString());
    configuration.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 100);
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(200));
    if (start.restore() != null) {
      configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, start.restore());
    }
    return configuration;
  }

  /** Stops it with a savepoint and returns where that is. */
  String stop() throws Exception {
    var path =
        client
            .stopWithSavepoint(
                false,
                directory.resolve("savepoints").toUri().toString(),
                SavepointFormatType.NATIVE)
            .get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    client.getJobExecutionResult().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    return path;
  }

  /** Waits until it has failed for good and returns all messages of why. */
  String awaitFailure() throws Exception {
    try {
      client.getJobExecutionResult().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      throw new AssertionError("The job ended well.");
    } catch (ExecutionException e) {
      return ExceptionUtils.stringifyException(e);
    }
  }

  @Override
  public void close() {
    try {
      if (!client.getJobStatus().get(TIMEOUT_SECONDS, TimeUnit.SECONDS).isGloballyTerminalState()) {
        client.cancel().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      }
    } catch (Exception gone) {
      // The cluster ends with its job; there is nothing left to cancel.
      return;
    }
  }
}
