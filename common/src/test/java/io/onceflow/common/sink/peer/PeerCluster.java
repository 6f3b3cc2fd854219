package io.onceflow.common.sink.peer;

import java.time.Duration;
import org.apache.flink.api.dag.Transformation;
import org.apache.flink.client.deployment.executors.RemoteExecutor;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.MetricOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.connector.testframe.environment.MiniClusterTestEnvironment;
import org.apache.flink.connector.testframe.environment.TestEnvironmentSettings;
import org.apache.flink.runtime.minicluster.RpcServiceSharing;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.transformations.SinkTransformation;

/**
 * The suite's MiniCluster, and jobs that are submitted to it through its REST endpoint, as {@code
 * flink run} does.
 *
 * <p>The suite's jobs lack two things that a sink which commits with checkpoints needs from every
 * job: a durable checkpoint directory and a uid. Both are added here.
 */
public final class PeerCluster extends MiniClusterTestEnvironment {

  private static final int PARALLELISM = 6;

  /** The interval that the suite gives to most of its jobs. */
  private static final Duration INTERVAL = Duration.ofMillis(50);

  /**
   * The suite asks by REST whether tasks run and what they count. Flink answers from caches of 3 s
   * and 1 s there, so most of a case would be waiting for them.
   */
  private static final Duration CACHED = Duration.ofMillis(100);

  public PeerCluster() {
    super(cluster());
  }

  /** The suite's own cluster, but for the caches. */
  private static MiniClusterResourceConfiguration cluster() {
    return new MiniClusterResourceConfiguration.Builder()
        .setConfiguration(
            new Configuration()
                .set(WebOptions.REFRESH_INTERVAL, CACHED)
                .set(MetricOptions.METRIC_FETCHER_UPDATE_INTERVAL, CACHED))
        .setNumberTaskManagers(1)
        .setNumberSlotsPerTaskManager(PARALLELISM)
        .setRpcServiceSharing(RpcServiceSharing.DEDICATED)
        .withHaLeadershipControl()
        .build();
  }

  /**
   * What {@code flink-conf} holds in production, to build a sink with.
   *
   * <p>The jobs get the directory only. The suite sets the interval in code, except in the jobs
   * that it stops with a savepoint: those must not have one, because their source goes on past the
   * place to stop at as soon as any checkpoint has been taken there.
   */
  public ReadableConfig checkpointing() {
    return directory().set(CheckpointingOptions.CHECKPOINTING_INTERVAL, INTERVAL);
  }

  private Configuration directory() {
    return new Configuration().set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, getCheckpointUri());
  }

  @Override
  public StreamExecutionEnvironment createExecutionEnvironment(TestEnvironmentSettings settings) {
    var configuration = directory();
    if (settings.getSavepointRestorePath() != null) {
      configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, settings.getSavepointRestorePath());
    }
    configuration.set(DeploymentOptions.TARGET, RemoteExecutor.NAME);
    configuration.set(RestOptions.ADDRESS, getRestEndpoint().getAddress());
    configuration.set(RestOptions.PORT, getRestEndpoint().getPort());
    return new NamingEnvironment(configuration).setParallelism(PARALLELISM);
  }

  /** Gives the sink a uid, which Flink demands because the sink's gatherer has one. */
  @SuppressWarnings("try") // It inherits a close() that throws Exception.
  private static final class NamingEnvironment extends StreamExecutionEnvironment {

    NamingEnvironment(Configuration configuration) {
      super(configuration);
    }

    @Override
    public void addOperator(Transformation<?> transformation) {
      if (transformation instanceof SinkTransformation<?, ?> && transformation.getUid() == null) {
        transformation.setUid("sink");
      }
      super.addOperator(transformation);
    }
  }
}
