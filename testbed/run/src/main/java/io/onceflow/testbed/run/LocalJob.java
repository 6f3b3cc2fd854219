package io.onceflow.testbed.run;

import io.onceflow.common.job.Job;
import io.onceflow.common.job.JobMain;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The job in a MiniCluster of this JVM, with the web UI on a loopback port. Used by one thread. The
 * cluster ends with the job.
 */
final class LocalJob {

  private static final Duration TIMEOUT = Duration.ofMinutes(2);

  private final JobClient client;
  private final int webPort;

  private LocalJob(JobClient client, int webPort) {
    this.client = client;
    this.webPort = webPort;
  }

  /** Submits the job; continues from the snapshot if there is one. */
  static LocalJob submit(
      Job<?> job, RunOptions options, RunFiles files, Optional<Path> snapshot, int webPort)
      throws Exception {
    Configuration configuration = configuration(options, files, webPort);
    snapshot.ifPresent(path -> configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, uri(path)));
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironmentWithWebUI(configuration);
    JobMain.define(job, env, arguments(options, files));
    return new LocalJob(env.executeAsync(job.name()), webPort);
  }

  private static String[] arguments(RunOptions options, RunFiles files) {
    List<String> arguments =
        new java.util.ArrayList<>(List.of("--config", files.jobYaml().toString()));
    for (String set : options.sets) {
      arguments.addAll(List.of("--set", set));
    }
    return arguments.toArray(new String[0]);
  }

  private static Configuration configuration(RunOptions options, RunFiles files, int webPort) {
    Configuration conf = new Configuration();
    conf.set(RestOptions.ADDRESS, "127.0.0.1");
    conf.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    conf.set(RestOptions.PORT, webPort);
    conf.set(RestOptions.BIND_PORT, Integer.toString(webPort));
    conf.set(JobManagerOptions.ADDRESS, "127.0.0.1");
    // The blob server would listen on all interfaces otherwise.
    conf.set(JobManagerOptions.BIND_HOST, "127.0.0.1");
    conf.set(WebOptions.SUBMIT_ENABLE, false);
    conf.set(WebOptions.LOG_PATH, files.log().toString());
    conf.set(CoreOptions.DEFAULT_PARALLELISM, options.parallelism);
    conf.set(CoreOptions.TMP_DIRS, files.temporary().toString());
    conf.set(TaskManagerOptions.NUM_TASK_SLOTS, options.parallelism);
    conf.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(512));
    conf.set(StateBackendOptions.STATE_BACKEND, options.state().flinkName());
    conf.set(
        CheckpointingOptions.INCREMENTAL_CHECKPOINTS,
        options.state() == RunOptions.StateBackend.rocksdb);
    conf.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, options.checkpointInterval);
    conf.set(CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, CheckpointingMode.EXACTLY_ONCE);
    conf.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
    conf.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, uri(files.checkpoints()));
    conf.set(CheckpointingOptions.SAVEPOINT_DIRECTORY, uri(files.savepoints()));
    conf.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    conf.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    conf.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 5);
    conf.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofSeconds(1));
    return conf;
  }

  /** As Flink reads it, which takes a space for a space and %20 for three characters. */
  private static String uri(Path path) {
    return "file://" + path;
  }

  String webUrl() {
    return "http://127.0.0.1:%d/#/job/running/%s/overview".formatted(webPort, client.getJobID());
  }

  /** The job's state; FAILED also when its cluster is gone. */
  JobStatus status() {
    try {
      return client.getJobStatus().get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return JobStatus.FAILED;
    } catch (ExecutionException | TimeoutException | IllegalStateException gone) {
      return JobStatus.FAILED;
    }
  }

  /** Why a job that has ended has failed: its innermost reasons in one line. */
  String failure() {
    try {
      await(client.getJobExecutionResult());
      return "it ended without being asked to";
    } catch (RunFailedException e) {
      return e.getMessage();
    }
  }

  /**
   * Takes a savepoint, which commits the last epoch, and stops; returns where it is.
   *
   * @param timeout how long the savepoint may take
   * @throws RunFailedException when the job failed instead
   */
  String stopWithSavepoint(Path directory, Duration timeout) throws RunFailedException {
    try {
      String path =
          await(
              client.stopWithSavepoint(false, uri(directory), SavepointFormatType.NATIVE), timeout);
      await(client.getJobExecutionResult());
      return path;
    } catch (IllegalStateException gone) {
      throw new RunFailedException("its cluster has ended with it", gone);
    }
  }

  /** Ends a job that cannot be stopped well. */
  void cancel() {
    try {
      await(client.cancel());
    } catch (RunFailedException | IllegalStateException alreadyGone) {
      // It failed before; that is reported where the failure is seen.
      return;
    }
  }

  private static <T> T await(Future<T> future) throws RunFailedException {
    return await(future, TIMEOUT);
  }

  private static <T> T await(Future<T> future, Duration timeout) throws RunFailedException {
    try {
      return future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RunFailedException("interrupted while waiting for the job", e);
    } catch (TimeoutException e) {
      throw new RunFailedException(
          "the job did not answer within %d s".formatted(timeout.toSeconds()), e);
    } catch (ExecutionException e) {
      throw new RunFailedException(RunFailedException.reasons(e), e);
    }
  }
}
