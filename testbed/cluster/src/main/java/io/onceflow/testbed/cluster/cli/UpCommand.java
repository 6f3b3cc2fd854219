package io.onceflow.testbed.cluster.cli;

import io.onceflow.testbed.cluster.ClusterException;
import io.onceflow.testbed.run.DemoServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Starts the supervisor in the background and waits until the cluster takes jobs. */
@Command(
    name = "up",
    sortOptions = false,
    description = "Starts the cluster, and PostgreSQL and Kafka for the jobs, in the background.")
final class UpCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final long LOOK_MS = 100;

  /** Says that all of a directory is a cluster's. */
  private static final String MARKER = ".onceflow-cluster";

  @Mixin private UpOptions options = new UpOptions();
  @Mixin private CommonOptions data = new CommonOptions();

  @Option(names = "--fresh", description = "Removes the data of an earlier cluster first.")
  private boolean fresh;

  @Override
  public Integer call() throws Exception {
    Path directory = data.path();
    Optional<ClusterState> up = ClusterState.read(directory);
    if (up.isPresent()) {
      throw new UsageException(
          "A cluster is up already (supervisor %d); see make cluster-status, end it with make cluster-down."
              .formatted(up.get().supervisor().pid()));
    }
    options.check();
    if (fresh) {
      requireOwn(directory);
      DemoServers.delete(directory.resolve("servers"));
      DemoServers.delete(directory);
    }
    mark(directory);
    Path output = directory.resolve("log").resolve("supervisor.out");
    Files.createDirectories(output.getParent());
    Files.deleteIfExists(output);
    Files.deleteIfExists(ClusterState.file(directory));
    Process supervisor = start(directory, output);
    ClusterState state = await(supervisor, directory, output);
    System.out.print(Texts.ready(state));
    return 0;
  }

  /** Nothing is removed that no cluster made. */
  static void requireOwn(Path directory) throws IOException {
    if (!isEmpty(directory) && Files.notExists(directory.resolve(MARKER))) {
      throw new UsageException(
          "--fresh removes all of %s, which has no %s and so may not be a cluster's; remove it yourself or name another --data-dir."
              .formatted(directory, MARKER));
    }
  }

  /** Only a directory that has nothing else in it becomes one that may be removed. */
  static void mark(Path directory) throws IOException {
    if (isEmpty(directory)) {
      Files.createDirectories(directory);
      Files.writeString(
          directory.resolve(MARKER),
          "A cluster keeps its data here; make cluster-up ARGS=--fresh removes all of it.\n");
    }
  }

  private static boolean isEmpty(Path directory) throws IOException {
    if (Files.notExists(directory)) {
      return true;
    }
    try (Stream<Path> children = Files.list(directory)) {
      return children.findAny().isEmpty();
    }
  }

  /** A session of its own: neither Ctrl-C nor the end of make reaches it. */
  private Process start(Path directory, Path output) throws IOException {
    List<String> command = new ArrayList<>();
    command.add("setsid");
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.add("-Dlog4j2.configurationFile=log4j2-supervisor.properties");
    command.add(
        "-Dlog.file=" + directory.resolve("log").resolve("supervisor.log").toAbsolutePath());
    command.addAll(List.of(ClusterMain.class.getName(), "supervise"));
    command.addAll(options.arguments());
    command.addAll(List.of("--data-dir", directory.toString()));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(output.toFile())
            .redirectErrorStream(true);
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    return builder.start();
  }

  private ClusterState await(Process supervisor, Path directory, Path output)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    int told = 0;
    while (System.nanoTime() < deadline) {
      boolean ended = supervisor.waitFor(LOOK_MS, TimeUnit.MILLISECONDS);
      List<String> lines = Files.readAllLines(output);
      lines.subList(told, lines.size()).forEach(System.out::println);
      told = lines.size();
      if (ended) {
        throw new ClusterException(
            "The cluster did not start; its logs are in %s."
                .formatted(Repository.shown(output.getParent())));
      }
      Optional<ClusterState> state = ClusterState.read(directory).filter(ClusterState::ready);
      if (state.isPresent()) {
        return state.get();
      }
    }
    throw new ClusterException(
        "The cluster was not ready within %d s; end it with make cluster-down. Its logs are in %s."
            .formatted(PATIENCE.toSeconds(), Repository.shown(output.getParent())));
  }
}
