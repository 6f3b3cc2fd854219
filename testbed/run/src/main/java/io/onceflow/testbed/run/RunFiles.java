package io.onceflow.testbed.run;

import io.onceflow.testbed.servers.Directories;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The files of a run.
 *
 * <pre>
 * postgres/ kafka/ rabbitmq/  the servers' data and logs
 * checkpoints/          with onceflow-segments below
 * savepoints/           one per run that ended well
 * sent/                 what was sent, written before it was sent
 * logs/flink.log        the job's and Flink's
 * job.yaml              the job's configuration
 * </pre>
 *
 * @param directory absolute
 */
record RunFiles(Path directory) {

  /** Where runs find each other; tests in two JVMs at a time have one each. */
  static final String RUNS_PROPERTY = "onceflow.runs";

  private static final Path RUNS = Path.of(System.getProperty(RUNS_PROPERTY, "target/run"));

  static RunFiles of(Path dataDir) {
    Path directory = dataDir == null ? RUNS.resolve("last") : dataDir;
    return new RunFiles(directory.toAbsolutePath().normalize());
  }

  /** Tells {@code make feed} of the run that is under way. */
  static Path current() {
    return RUNS.resolve("current.properties").toAbsolutePath();
  }

  /** Held by the run that is under way; one at a time, and outside of what a run deletes. */
  static Path lock() {
    return RUNS.resolve("lock").toAbsolutePath();
  }

  Path postgres() {
    return directory.resolve("postgres");
  }

  Path rabbitMq() {
    return directory.resolve("rabbitmq");
  }

  Path kafka() {
    return directory.resolve("kafka");
  }

  Path checkpoints() {
    return directory.resolve("checkpoints");
  }

  Path segments() {
    return checkpoints().resolve("onceflow-segments");
  }

  Path savepoints() {
    return directory.resolve("savepoints");
  }

  Path sent() {
    return directory.resolve("sent");
  }

  Path log() {
    return directory.resolve("logs").resolve("flink.log");
  }

  Path temporary() {
    return directory.resolve("tmp");
  }

  Path jobYaml() {
    return directory.resolve("job.yaml");
  }

  void create() throws IOException {
    for (Path path : List.of(checkpoints(), savepoints(), sent(), log().getParent(), temporary())) {
      Files.createDirectories(path);
    }
  }

  /** Removes everything of an earlier run, the places the servers' data link to included. */
  void delete() throws IOException {
    for (Path home : List.of(postgres(), rabbitMq())) {
      Path server = home.resolve("server");
      if (Files.isSymbolicLink(server)) {
        Directories.delete(Files.readSymbolicLink(server));
      }
    }
    Directories.delete(directory);
  }

  /** What the next run over these files starts from: the newest savepoint or checkpoint. */
  Optional<Path> newestSnapshot() throws IOException {
    try (Stream<Path> savepoints = metadataBelow(savepoints(), 2);
        Stream<Path> checkpoints = metadataBelow(checkpoints(), 3)) {
      return Stream.concat(savepoints, checkpoints)
          .max(Comparator.comparing(RunFiles::modified))
          .map(Path::getParent);
    }
  }

  private static Stream<Path> metadataBelow(Path directory, int depth) throws IOException {
    return Files.notExists(directory)
        ? Stream.empty()
        : Files.find(directory, depth, (path, attributes) -> path.endsWith("_metadata"));
  }

  private static long modified(Path file) {
    try {
      return Files.getLastModifiedTime(file).toMillis();
    } catch (IOException gone) {
      return 0;
    }
  }
}
