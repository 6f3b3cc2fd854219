package io.onceflow.testbed.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ConfigurationUtils;
import org.apache.flink.configuration.GlobalConfiguration;

/**
 * The configuration all processes share: the launcher's small defaults, below the user's file,
 * below the user's single settings, below what the launcher must decide itself.
 */
final class ClusterConfig {
  static final String HOST = "127.0.0.1";

  /** Sizes for many processes on a small machine; a configuration file or a setting beats them. */
  private static final Map<String, String> SMALL =
      Map.ofEntries(
          Map.entry("jobmanager.memory.process.size", "544m"),
          Map.entry("jobmanager.memory.jvm-metaspace.size", "160m"),
          Map.entry("jobmanager.memory.jvm-overhead.min", "64m"),
          Map.entry("jobmanager.memory.jvm-overhead.max", "64m"),
          Map.entry("jobmanager.memory.off-heap.size", "64m"),
          Map.entry("taskmanager.memory.process.size", "736m"),
          Map.entry("taskmanager.memory.jvm-metaspace.size", "160m"),
          Map.entry("taskmanager.memory.jvm-overhead.min", "64m"),
          Map.entry("taskmanager.memory.jvm-overhead.max", "64m"),
          Map.entry("taskmanager.memory.framework.heap.size", "96m"),
          Map.entry("taskmanager.memory.framework.off-heap.size", "64m"),
          Map.entry("taskmanager.memory.task.off-heap.size", "32m"),
          Map.entry("taskmanager.memory.network.min", "48m"),
          Map.entry("taskmanager.memory.network.max", "48m"),
          Map.entry("taskmanager.memory.managed.size", "96m"));

  /** Seen soon when a process is gone, and patient enough for two busy cores. */
  private static final Map<String, String> QUICK =
      Map.ofEntries(
          // Flink's default waits longer after each failure, for an hour.
          Map.entry("restart-strategy.type", "fixed-delay"),
          Map.entry("restart-strategy.fixed-delay.attempts", "1000000"),
          Map.entry("restart-strategy.fixed-delay.delay", "300 ms"),
          Map.entry("cluster.registration.max-timeout", "2 s"),
          Map.entry("cluster.registration.error-delay", "1 s"),
          Map.entry("cluster.registration.refused-registration-delay", "2 s"),
          Map.entry("heartbeat.interval", "1 s"),
          Map.entry("heartbeat.timeout", "8 s"),
          Map.entry("heartbeat.rpc-failure-threshold", "2"),
          Map.entry("high-availability.zookeeper.client.session-timeout", "4 s"),
          Map.entry("high-availability.zookeeper.client.connection-timeout", "3 s"),
          Map.entry("high-availability.zookeeper.client.retry-wait", "500 ms"),
          Map.entry("high-availability.zookeeper.client.max-retry-attempts", "20"),
          Map.entry("high-availability.zookeeper.client.tolerate-suspended-connections", "true"),
          // How old an answer about a job may be; 3 s would hide most recoveries.
          Map.entry("web.refresh-interval", "200 ms"),
          Map.entry("rest.flamegraph.enabled", "true"),
          Map.entry("web.submit.enable", "false"));

  private ClusterConfig() {}

  /** What of the cluster's shape stands in its configuration. */
  record Shape(int slots, int jobManagerRpc, int rest, int zooKeeper, Path rocksDb) {}

  static Configuration of(
      ClusterFiles files, Path userFile, Map<String, String> settings, Shape shape) {
    Map<String, String> all = new LinkedHashMap<>();
    all.putAll(QUICK);
    all.put("execution.checkpointing.dir", uri(files.checkpoints()));
    all.put("execution.checkpointing.savepoint-dir", uri(files.savepoints()));
    all.put("high-availability.storageDir", uri(files.highAvailability()));
    all.put("state.backend.rocksdb.localdir", shape.rocksDb().toString());
    Map<String, String> users = userFile == null ? Map.of() : read(files, userFile);
    if (users.keySet().stream().noneMatch(key -> key.contains("manager.memory."))) {
      all.putAll(SMALL);
    }
    all.putAll(users);
    all.putAll(settings);
    all.putAll(decided(files, shape));
    Configuration configuration = Configuration.fromMap(all);
    write(files, configuration);
    return configuration;
  }

  /** As Flink reads it, which takes a space for a space and %20 for three characters. */
  private static String uri(Path directory) {
    return "file://" + directory;
  }

  private static Map<String, String> decided(ClusterFiles files, Shape shape) {
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put("jobmanager.rpc.address", HOST);
    keys.put("jobmanager.rpc.port", Integer.toString(shape.jobManagerRpc()));
    keys.put("jobmanager.bind-host", HOST);
    keys.put("taskmanager.host", HOST);
    keys.put("taskmanager.bind-host", HOST);
    keys.put("rest.address", HOST);
    keys.put("rest.port", Integer.toString(shape.rest()));
    keys.put("rest.bind-address", HOST);
    keys.put("taskmanager.numberOfTaskSlots", Integer.toString(shape.slots()));
    keys.put("execution.target", "remote");
    keys.put("high-availability.type", shape.zooKeeper() == 0 ? "NONE" : "zookeeper");
    if (shape.zooKeeper() != 0) {
      keys.put("high-availability.zookeeper.quorum", HOST + ":" + shape.zooKeeper());
    }
    return keys;
  }

  /** Reads a configuration as Flink does, whatever the file is called. */
  private static Map<String, String> read(ClusterFiles files, Path userFile) {
    if (!Files.isReadable(userFile)) {
      throw new ClusterException(
          "The configuration %s cannot be read; name a config.yaml."
              .formatted(userFile.toAbsolutePath()));
    }
    try {
      Files.copy(userFile, files.configYaml(), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("%s cannot be copied.".formatted(userFile), e);
    }
    return GlobalConfiguration.loadConfiguration(files.conf().toString()).toMap();
  }

  private static void write(ClusterFiles files, Configuration configuration) {
    try {
      Files.write(
          files.configYaml(), ConfigurationUtils.convertConfigToWritableLines(configuration, true));
    } catch (IOException e) {
      throw new UncheckedIOException("%s cannot be written.".formatted(files.configYaml()), e);
    }
  }
}
