package io.onceflow.common.packaging;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/**
 * The jar of a job that users submit.
 *
 * @param file as the build has made it
 */
public record JobJar(Path file) {

  private static final List<String> OF_THE_CLUSTER =
      List.of(
          "org/apache/flink/core/",
          "org/apache/flink/streaming/runtime/",
          "org/apache/flink/streaming/api/",
          "org/apache/flink/runtime/",
          "org/apache/flink/table/",
          "org/slf4j/",
          "org/apache/logging/",
          "org/postgresql/",
          "io/onceflow/testbed/",
          "org/junit/");

  /** The jar of a job in {@code target}, for the tests of its module. */
  public static JobJar of(String job) {
    return new JobJar(Path.of("target", "onceflow-%s-job.jar".formatted(job)));
  }

  /** The names of all entries. */
  public List<String> entries() throws IOException {
    try (JarFile jar = new JarFile(file.toFile())) {
      return jar.stream().map(JarEntry::getName).toList();
    }
  }

  /** The class that {@code flink run} starts. */
  public String mainClass() throws IOException {
    try (JarFile jar = new JarFile(file.toFile())) {
      return jar.getManifest().getMainAttributes().getValue(Attributes.Name.MAIN_CLASS);
    }
  }

  /** Whether a cluster brings an entry itself, or nobody needs it there. */
  public static boolean isOfTheCluster(String entry) {
    return OF_THE_CLUSTER.stream().anyMatch(entry::startsWith);
  }
}
