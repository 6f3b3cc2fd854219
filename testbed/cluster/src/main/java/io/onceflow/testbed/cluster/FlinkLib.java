package io.onceflow.testbed.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * The jars that the processes run: {@code lib/} of the user's distribution, or the same from Maven.
 *
 * @param directory the directory {@code lib}
 */
record FlinkLib(Path directory) {
  private static final Path FROM_MAVEN = Path.of("testbed", "flink-lib", "target", "flink", "lib");

  /** Finds {@code $FLINK_HOME/lib}, or what the build made of Maven's jars. */
  static FlinkLib find(String flinkHome) {
    if (flinkHome != null && !flinkHome.isBlank()) {
      Path lib = Path.of(flinkHome, "lib");
      if (!Files.isDirectory(lib)) {
        throw new ClusterException(
            "FLINK_HOME is %s, and there is no directory %s. Correct FLINK_HOME, or unset it to use Maven's jars."
                .formatted(flinkHome, lib));
      }
      return new FlinkLib(lib);
    }
    for (Path up = Path.of("").toAbsolutePath(); up != null; up = up.getParent()) {
      if (Files.isDirectory(up.resolve(FROM_MAVEN))) {
        return new FlinkLib(up.resolve(FROM_MAVEN));
      }
    }
    throw new ClusterException(
        "%s is not found here or above. Build first: mvn package -pl testbed/cluster -am"
            .formatted(FROM_MAVEN));
  }

  /** Returns the jars in the order of their names, log4j's bindings included. */
  List<Path> jars() {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(FlinkLib::isJar).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException("%s cannot be read.".formatted(directory), e);
    }
  }

  private static boolean isJar(Path file) {
    return file.toString().toLowerCase(Locale.ROOT).endsWith(".jar");
  }

  /** Returns what Flink needs of the JDK's inside, one option per entry. */
  static List<String> addOpens() {
    Properties build = new Properties();
    try (InputStream in = FlinkLib.class.getResourceAsStream("build.properties")) {
      build.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException("build.properties of testbed/cluster cannot be read.", e);
    }
    return new ArrayList<>(List.of(build.getProperty("add-opens").trim().split("\\s+")));
  }
}
