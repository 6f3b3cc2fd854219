package io.onceflow.testbed.cluster.cli;

import io.onceflow.testbed.cluster.ClusterBuilder;
import io.onceflow.testbed.cluster.ClusterMember;
import io.onceflow.testbed.cluster.FlinkCluster;
import io.onceflow.testbed.cluster.MemberKind;
import io.onceflow.testbed.run.DemoServers;
import io.onceflow.testbed.servers.KafkaBroker;
import io.onceflow.testbed.servers.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * The process in the background that owns the cluster: starts it, starts dead members again, and
 * ends all of it on SIGTERM. However this process ends, its children end with it.
 */
@Command(name = "supervise", hidden = true, description = "Started by up; not for people.")
final class SuperviseCommand implements Callable<Integer> {
  private static final long LOOK_MS = 500;
  private static final List<String> CONFIGURATION_FILES =
      List.of("log4j-cli.properties", "log4j-console.properties");

  @Mixin private UpOptions options = new UpOptions();
  @Mixin private CommonOptions data = new CommonOptions();

  private final CountDownLatch ended = new CountDownLatch(1);
  private DemoServers servers;
  private FlinkCluster cluster;

  @Override
  public Integer call() throws Exception {
    Path directory = data.path();
    Identity self = Identity.ofThisProcess();
    ClusterState.starting(self).write(directory);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(directory), "end"));
    startServers(directory);
    startCluster(directory);
    ClusterState state = state(self, directory);
    state.write(directory);
    watch(self, directory, state);
    return 0;
  }

  private void startServers(Path directory) throws IOException {
    if (options.servers == UpOptions.Servers.demo) {
      System.out.println("Starting PostgreSQL and Kafka");
      DemoServers started = DemoServers.start(directory.resolve("servers"));
      synchronized (this) {
        servers = started;
      }
    }
  }

  private void startCluster(Path directory) throws IOException {
    System.out.printf(
        "Starting %d JobManager(s), %d TaskManager(s)%s%n",
        options.isHighlyAvailable() ? 2 : 1,
        options.taskManagers,
        options.isHighlyAvailable() ? " and ZooKeeper" : "");
    // Jobs do not survive the cluster, their checkpoints and savepoints do.
    for (String gone : List.of("zookeeper", "ha", "tmp")) {
      DemoServers.delete(directory.resolve(gone));
    }
    Path conf = Repository.find().conf();
    ClusterBuilder builder =
        FlinkCluster.in(directory)
            .config(conf.resolve("config.yaml"))
            .log4j(conf.resolve("log4j.properties"))
            .jobManagers(options.isHighlyAvailable() ? 2 : 1)
            .taskManagers(options.taskManagers)
            .slots(options.slots)
            .webPort(options.chosenWebPort())
            .jvmOptions(options.quickStart ? ClusterBuilder.QUICK_START : List.of())
            .supervised(true);
    if (options.isHighlyAvailable()) {
      builder.zooKeeper();
    }
    if (servers != null) {
      // Where ${POSTGRES_PASSWORD} of the job's configuration is resolved.
      builder.environment("POSTGRES_PASSWORD", servers.postgres().password());
    }
    FlinkCluster started = builder.start();
    synchronized (this) {
      cluster = started;
    }
    for (String file : CONFIGURATION_FILES) {
      Files.copy(
          conf.resolve(file),
          directory.resolve("conf").resolve(file),
          StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** Tells of new pids until it is ended. */
  private void watch(Identity self, Path directory, ClusterState first)
      throws InterruptedException {
    ClusterState told = first;
    while (!ended.await(LOOK_MS, TimeUnit.MILLISECONDS)) {
      ClusterState now = state(self, directory);
      if (!now.equals(told)) {
        now.write(directory);
        told = now;
      }
    }
  }

  private ClusterState state(Identity self, Path directory) {
    List<ClusterState.Part> parts = new ArrayList<>();
    if (servers != null) {
      KafkaBroker kafka = servers.kafka();
      parts.add(part("kafka", kafka.pids(), kafka.port(), kafka.log()));
      PostgresServer postgres = servers.postgres();
      parts.add(part("postgres", postgres.pids(), postgres.port(), postgres.log()));
    }
    for (ClusterMember member : cluster.members()) {
      parts.add(part(member.name(), List.of(member.pid()), member.port(), member.log()));
    }
    return new ClusterState(
        self,
        true,
        cluster.members(MemberKind.JOBMANAGER).stream()
            .map(member -> "http://127.0.0.1:" + member.port())
            .toList(),
        directory.resolve("conf").toString(),
        parts,
        environment(),
        servers != null);
  }

  private static ClusterState.Part part(String name, List<Long> pids, int port, Path log) {
    long pid = pids.isEmpty() ? 0 : pids.get(0);
    return new ClusterState.Part(name, Identity.of(pid), port, log.toString());
  }

  private Map<String, String> environment() {
    return servers == null
        ? Map.of()
        : new java.util.TreeMap<>(
            Map.of(
                "KAFKA_BOOTSTRAP_SERVERS", servers.kafka().bootstrapServers(),
                "POSTGRES_HOST", servers.postgres().host(),
                "POSTGRES_PORT", Integer.toString(servers.postgres().port()),
                "POSTGRES_DATABASE", servers.postgres().database(),
                "POSTGRES_USER", servers.postgres().user(),
                "POSTGRES_SSL_MODE", "disable"));
  }

  private synchronized void end(Path directory) {
    ended.countDown();
    try {
      if (cluster != null) {
        cluster.close();
      }
      if (servers != null) {
        servers.close();
      }
      Files.deleteIfExists(ClusterState.file(directory));
    } catch (IOException | RuntimeException e) {
      System.out.println("The cluster did not end well: " + e);
    }
  }
}
