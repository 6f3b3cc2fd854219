package io.onceflow.testbed.cluster;

import io.onceflow.testbed.servers.ChildProcess;
import io.onceflow.testbed.servers.FreePort;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.apache.flink.configuration.Configuration;

/** What a {@link FlinkCluster} can be told; everything has a default. Not thread-safe. */
public final class ClusterBuilder {
  /** JVM options that make a process start sooner and compute slower: right for tests. */
  public static final List<String> QUICK_START =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto");

  private static final Duration SUPERVISION_DELAY = Duration.ofSeconds(1);

  private final ClusterFiles files;
  private final Map<String, String> settings = new LinkedHashMap<>();
  private final List<Path> classPath = new ArrayList<>();
  private final Map<String, Map<String, String>> environments = new HashMap<>();
  private int jobManagers = 1;
  private int taskManagers = 1;
  private int slots = 1;
  private boolean zooKeeper;
  private Path config;
  private Path log4j;
  private String flinkHome = System.getenv("FLINK_HOME");
  private List<String> jvmOptions = QUICK_START;
  private Duration supervisionDelay;
  private int webPort;

  ClusterBuilder(Path directory) {
    this.files = ClusterFiles.in(directory);
  }

  /** More than one only with {@link #zooKeeper()}. */
  public ClusterBuilder jobManagers(int number) {
    this.jobManagers = number;
    return this;
  }

  public ClusterBuilder taskManagers(int number) {
    this.taskManagers = number;
    return this;
  }

  /** Slots of each TaskManager. */
  public ClusterBuilder slots(int number) {
    this.slots = number;
    return this;
  }

  /** High availability by one ZooKeeper server. */
  public ClusterBuilder zooKeeper() {
    this.zooKeeper = true;
    return this;
  }

  /** A config.yaml that is beaten by {@link #set} and by what the launcher decides: addresses. */
  public ClusterBuilder config(Path yaml) {
    this.config = yaml;
    return this;
  }

  /** A log4j.properties that logs to {@code ${sys:log.file}}. */
  public ClusterBuilder log4j(Path properties) {
    this.log4j = properties;
    return this;
  }

  /** A setting of Flink for all processes. */
  public ClusterBuilder set(String key, String value) {
    settings.put(key, value);
    return this;
  }

  /** Jars and directories after those of {@code lib}, for all processes. */
  public ClusterBuilder classPath(List<Path> more) {
    classPath.addAll(more);
    return this;
  }

  /** A variable of all processes. */
  public ClusterBuilder environment(String name, String value) {
    return environment("", name, value);
  }

  /** A variable of one member, by its name such as {@code taskmanager-1}. */
  public ClusterBuilder environment(String member, String name, String value) {
    environments.computeIfAbsent(member, key -> new HashMap<>()).put(name, value);
    return this;
  }

  /** Options of the Flink JVMs instead of {@link #QUICK_START}; memory is computed. */
  public ClusterBuilder jvmOptions(List<String> options) {
    this.jvmOptions = List.copyOf(options);
    return this;
  }

  /** A distribution whose {@code lib} is used; by default $FLINK_HOME, and Maven's jars if null. */
  public ClusterBuilder flinkHome(String home) {
    this.flinkHome = home;
    return this;
  }

  /** The port of the first JobManager's web UI; a free one if not set. */
  public ClusterBuilder webPort(int port) {
    this.webPort = port;
    return this;
  }

  /** Starts a dead member again after a second or two. */
  public ClusterBuilder supervised(boolean wanted) {
    this.supervisionDelay = wanted ? SUPERVISION_DELAY : null;
    return this;
  }

  /** Starts the cluster and waits until every TaskManager is registered. */
  public FlinkCluster start() {
    if (jobManagers < 1 || taskManagers < 1 || slots < 1) {
      throw new ClusterException("A cluster has at least one JobManager, TaskManager and slot.");
    }
    if (jobManagers > 1 && !zooKeeper) {
      throw new ClusterException("More than one JobManager needs high availability: zooKeeper().");
    }
    files.create(names());
    copyLog4j();
    Path rocksDb = files.createRocksDb();
    int zooKeeperPort = zooKeeper ? FreePort.next() : 0;
    List<MemberPorts> ports =
        IntStream.range(0, jobManagers)
            .mapToObj(
                i -> i == 0 && webPort != 0 ? MemberPorts.withRest(webPort) : MemberPorts.free())
            .toList();
    Configuration configuration =
        ClusterConfig.of(
            files,
            config,
            settings,
            new ClusterConfig.Shape(
                slots, ports.get(0).rpc(), ports.get(0).data(), zooKeeperPort, rocksDb));
    AtomicReference<FlinkCluster> cluster = new AtomicReference<>();
    cluster.set(
        new FlinkCluster(
            configuration, members(configuration, ports, zooKeeperPort, cluster), rocksDb));
    cluster.get().start(supervisionDelay);
    return cluster.get();
  }

  private List<String> names() {
    List<String> names = new ArrayList<>();
    if (zooKeeper) {
      names.add(MemberKind.ZOOKEEPER.nameOf(1));
    }
    IntStream.rangeClosed(1, jobManagers)
        .mapToObj(MemberKind.JOBMANAGER::nameOf)
        .forEach(names::add);
    IntStream.rangeClosed(1, taskManagers)
        .mapToObj(MemberKind.TASKMANAGER::nameOf)
        .forEach(names::add);
    return names;
  }

  private List<ClusterMember> members(
      Configuration configuration,
      List<MemberPorts> jobManagerPorts,
      int zooKeeperPort,
      AtomicReference<FlinkCluster> cluster) {
    List<Path> jars = new ArrayList<>(FlinkLib.find(flinkHome).jars());
    jars.addAll(classPath);
    MemberCommands commands =
        new MemberCommands(files, configuration, jars, jvmOptions, environments);
    List<ClusterMember> members = new ArrayList<>();
    if (zooKeeper) {
      String name = MemberKind.ZOOKEEPER.nameOf(1);
      ChildProcess.Spec spec = commands.zooKeeper(name, zooKeeperPort);
      members.add(member(MemberKind.ZOOKEEPER, name, zooKeeperPort, spec, () -> {}));
    }
    for (int i = 1; i <= jobManagers; i++) {
      String name = MemberKind.JOBMANAGER.nameOf(i);
      MemberPorts ports = jobManagerPorts.get(i - 1);
      ChildProcess.Spec spec = commands.jobManager(name, ports);
      members.add(
          member(
              MemberKind.JOBMANAGER,
              name,
              ports.data(),
              spec,
              () -> FlinkCluster.noteStart(cluster.get(), ports.data())));
    }
    for (int i = 1; i <= taskManagers; i++) {
      String name = MemberKind.TASKMANAGER.nameOf(i);
      MemberPorts ports = MemberPorts.free();
      ChildProcess.Spec spec = commands.taskManager(name, ports);
      members.add(member(MemberKind.TASKMANAGER, name, ports.rpc(), spec, () -> {}));
    }
    return members;
  }

  private ClusterMember member(
      MemberKind kind, String name, int port, ChildProcess.Spec spec, Runnable beforeStart) {
    return new ClusterMember(kind, name, port, spec, files.log(name), beforeStart);
  }

  private void copyLog4j() {
    try {
      if (log4j != null) {
        Files.copy(log4j, files.log4j(), StandardCopyOption.REPLACE_EXISTING);
        return;
      }
      try (InputStream in = ClusterBuilder.class.getResourceAsStream("log4j-default.properties")) {
        Files.copy(in, files.log4j(), StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("%s cannot be written.".formatted(files.log4j()), e);
    }
  }
}
