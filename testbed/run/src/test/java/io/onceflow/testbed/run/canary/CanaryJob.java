package io.onceflow.testbed.run.canary;

import io.onceflow.common.job.JobMain;
import io.onceflow.ledger.LedgerMain;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.flink.configuration.BlobServerOptions;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.InstantiationUtil;

/**
 * The ledger job in a process of its own, with a REST port. Arguments: its configuration, a
 * directory for what Flink writes, the REST port, the planted word, and the savepoint to restore.
 */
public final class CanaryJob {

  private CanaryJob() {}

  /** Runs the job to its end and fails as it does. */
  public static void main(String... args) throws Exception {
    var directory = Path.of(args[1]);
    var configuration = configuration(directory, Integer.parseInt(args[2]));
    // Not a word that Flink masks: what it shows of its own configuration must be searched, too.
    configuration.setString("onceflow.planted", args[3]);
    if (args.length > 4) {
      configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, args[4]);
    }
    var environment = StreamExecutionEnvironment.createLocalEnvironmentWithWebUI(configuration);
    JobMain.define(new LedgerMain(), environment, "--config", args[0]);
    // As high availability keeps it.
    var graph = environment.getStreamGraph(false).getJobGraph();
    Files.write(directory.resolve("job.graph"), InstantiationUtil.serializeObject(graph));
    environment.execute("ledger");
  }

  private static Configuration configuration(Path directory, int port) {
    var configuration = new Configuration();
    configuration.set(RestOptions.ADDRESS, "127.0.0.1");
    configuration.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    configuration.set(RestOptions.PORT, port);
    configuration.set(CoreOptions.DEFAULT_PARALLELISM, 2);
    configuration.set(CoreOptions.TMP_DIRS, directory.resolve("tmp").toString());
    // Everything that may go through a file does.
    configuration.set(BlobServerOptions.OFFLOAD_MINSIZE, 0);
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(300));
    configuration.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
    configuration.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY, directory.resolve("chk").toUri().toString());
    configuration.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 1_000);
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(300));
    return configuration;
  }
}
