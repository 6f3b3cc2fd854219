package io.onceflow.testbed.cluster;

import java.net.URI;
import java.util.List;
import org.apache.flink.api.common.JobID;
import org.apache.flink.client.ClientUtils;
import org.apache.flink.client.program.PackagedProgram;
import org.apache.flink.client.program.ProgramInvocationException;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.HighAvailabilityOptions;
import org.apache.flink.configuration.PipelineOptionsInternal;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.core.execution.DefaultExecutorServiceLoader;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.util.ExceptionUtils;

/**
 * What {@code flink run -d} does, without a JVM of its own: the job's main method runs in this one
 * and the graph goes to the leader.
 */
final class Submitter {
  private final Configuration cluster;

  Submitter(Configuration cluster) {
    this.cluster = cluster;
  }

  /**
   * Submits once.
   *
   * @param id of the job to be, so that a second attempt is the same job
   * @throws ClusterException with the reason of the job's main method or of the cluster
   */
  void submit(Submission submission, JobID id, URI leader) {
    Configuration configuration = configuration(submission, id, leader);
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    try (PackagedProgram program = program(submission, configuration)) {
      ClientUtils.executeProgram(
          new DefaultExecutorServiceLoader(), configuration, program, true, true);
    } catch (Exception e) {
      throw new ClusterException(
          "%s was not submitted: %s"
              .formatted(
                  submission.mainClass() == null ? submission.jar() : submission.mainClass(),
                  reason(e)),
          e);
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
  }

  private static String reason(Exception failure) {
    Throwable root = failure;
    while (root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
    }
    return ExceptionUtils.stringifyException(root).lines().findFirst().orElse(root.toString());
  }

  private PackagedProgram program(Submission submission, Configuration configuration)
      throws ProgramInvocationException {
    PackagedProgram.Builder builder =
        PackagedProgram.newBuilder()
            .setConfiguration(configuration)
            .setUserClassPaths(List.of())
            .setSavepointRestoreSettings(SavepointRestoreSettings.fromConfiguration(configuration))
            .setArguments(submission.arguments().toArray(new String[0]));
    if (submission.jar() != null) {
      builder.setJarFile(submission.jar().toFile());
    }
    if (submission.mainClass() != null) {
      builder.setEntryPointClassName(submission.mainClass());
    }
    return builder.build();
  }

  private Configuration configuration(Submission submission, JobID id, URI leader) {
    Configuration configuration = new Configuration(cluster);
    // The leader is known already; asking ZooKeeper again would take longer than all the rest.
    configuration.set(HighAvailabilityOptions.HA_MODE, "NONE");
    configuration.set(RestOptions.ADDRESS, leader.getHost());
    configuration.set(RestOptions.PORT, leader.getPort());
    configuration.set(DeploymentOptions.TARGET, "remote");
    configuration.set(DeploymentOptions.ATTACHED, false);
    configuration.set(PipelineOptionsInternal.PIPELINE_FIXED_JOB_ID, id.toHexString());
    submission.settings().forEach(configuration::setString);
    if (submission.parallelism() > 0) {
      configuration.set(CoreOptions.DEFAULT_PARALLELISM, submission.parallelism());
    }
    if (submission.restorePath() != null) {
      RecoveryClaimMode mode =
          submission.claim() ? RecoveryClaimMode.CLAIM : RecoveryClaimMode.NO_CLAIM;
      SavepointRestoreSettings.toConfiguration(
          SavepointRestoreSettings.forPath(submission.restorePath(), false, mode), configuration);
    }
    return configuration;
  }
}
