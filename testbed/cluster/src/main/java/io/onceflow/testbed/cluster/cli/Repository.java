package io.onceflow.testbed.cluster.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The places of this repository.
 *
 * @param root absolute
 */
record Repository(Path root) {

  /** Found from the working directory upwards. */
  static Repository find() {
    for (Path up = Path.of("").toAbsolutePath(); up != null; up = up.getParent()) {
      if (Files.isReadable(up.resolve("flink-conf").resolve("config.yaml"))) {
        return new Repository(up);
      }
    }
    throw new UsageException(
        "flink-conf/config.yaml is not found; call this in the repository or below.");
  }

  Path conf() {
    return root.resolve("flink-conf");
  }

  Path dataDirectory() {
    return root.resolve("target").resolve("cluster");
  }

  /** Returns the jar to submit, which the build has made. */
  Path jar(String job) {
    Path jar = root.resolve("jobs/%1$s/target/onceflow-%1$s-job.jar".formatted(job));
    if (!jobs().contains(job)) {
      throw new UsageException(
          "There is no job %s; there is: %s.".formatted(job, String.join(", ", jobs())));
    }
    if (!Files.isReadable(jar)) {
      throw new UsageException("%s is not there; build it: make build".formatted(shown(jar)));
    }
    return jar;
  }

  Path yaml(String job) {
    return conf().resolve("jobs").resolve(job + ".yaml");
  }

  private List<String> jobs() {
    try (Stream<Path> files = Files.list(conf().resolve("jobs"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".yaml"))
          .map(name -> name.substring(0, name.length() - ".yaml".length()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns a path as the user would write it: relative when it is below the working directory. */
  static String shown(Path path) {
    Path here = Path.of("").toAbsolutePath();
    return path.startsWith(here) ? here.relativize(path).toString() : path.toString();
  }
}
