package io.onceflow.testbed.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The build refuses versions with known holes, wherever a dependency may bring them in. Maven runs
 * once over a project of modules that have this project's parent and one dependency each; what they
 * depend on are modules of the same project, so nothing is downloaded.
 */
class BannedVersionsIT {

  private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();

  /** Whether the build must fail, by {@code group:artifact:version:scope}. */
  private static final Map<String, Boolean> CASES =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("org.apache.kafka:kafka-clients:3.9.0:compile", true),
              Map.entry("org.apache.kafka:kafka-clients:3.9.1:compile", false),
              Map.entry("org.postgresql:postgresql:42.7.6:provided", true),
              Map.entry("org.postgresql:postgresql:42.7.7:provided", false),
              Map.entry("org.yaml:snakeyaml:1.33:test", true),
              Map.entry("org.apache.logging.log4j:log4j-core:2.17.0:runtime", true),
              Map.entry("log4j:log4j:1.2.17:test", true),
              Map.entry("com.h2database:h2:2.3.232:runtime", true),
              Map.entry("com.h2database:h2:2.2.224:test", false),
              Map.entry("org.apache.derby:derby:10.14.2.0:compile", true),
              Map.entry("org.apache.commons:commons-text:1.9:compile", true),
              Map.entry("com.mysql:mysql-connector-j:9.3.0:test", true)));

  @TempDir static Path directory;
  private static String output;

  @BeforeAll
  static void build() throws Exception {
    var modules = new ArrayList<String>();
    var number = 0;
    for (var coordinates : CASES.keySet()) {
      var parts = coordinates.split(":");
      var dependency = "dependency-" + number;
      var user = "user-" + number++;
      module(dependency, stub(parts));
      module(user, user(user, parts));
      modules.add(dependency);
      modules.add(user);
    }
    Files.writeString(directory.resolve("pom.xml"), aggregator(modules));
    output = maven();
  }

  private static void module(String name, String pom) throws IOException {
    Files.writeString(Files.createDirectories(directory.resolve(name)).resolve("pom.xml"), pom);
  }

  private static String stub(String[] parts) {
    return """
        <project xmlns="http://maven.apache.org/POM/4.0.0">
          <modelVersion>4.0.0</modelVersion>
          <groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version>
        </project>
        """
        .formatted(parts[0], parts[1], parts[2]);
  }

  private static String user(String name, String[] parts) throws IOException {
    return """
        <project xmlns="http://maven.apache.org/POM/4.0.0">
          <modelVersion>4.0.0</modelVersion>
          <parent>
            <groupId>io.onceflow</groupId><artifactId>onceflow</artifactId><version>0.1.0-SNAPSHOT</version>
            <relativePath>%s</relativePath>
          </parent>
          <artifactId>%s</artifactId>
          <dependencies>
            <dependency>
              <groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version><scope>%s</scope>
            </dependency>
          </dependencies>
        </project>
        """
        .formatted(
            directory.toRealPath().resolve(name).relativize(ROOT.resolve("pom.xml")),
            name,
            parts[0],
            parts[1],
            parts[2],
            parts[3]);
  }

  private static String aggregator(List<String> modules) {
    var list = new StringBuilder();
    modules.forEach(module -> list.append("<module>%s</module>".formatted(module)));
    return """
        <project xmlns="http://maven.apache.org/POM/4.0.0">
          <modelVersion>4.0.0</modelVersion>
          <groupId>io.onceflow.test</groupId><artifactId>bans</artifactId><version>1</version>
          <packaging>pom</packaging>
          <modules>%s</modules>
        </project>
        """
        .formatted(list);
  }

  private static String maven() throws Exception {
    var log = directory.resolve("maven.log");
    var command = new ArrayList<>(List.of("mvn", "-o", "-B", "-ntp", "--fail-at-end"));
    var repository = System.getProperty("localRepository");
    if (repository != null) {
      command.add("-Dmaven.repo.local=" + repository);
    }
    command.addAll(List.of("-f", directory.resolve("pom.xml").toString(), "validate"));
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    var process = builder.start();
    if (!process.waitFor(2, TimeUnit.MINUTES)) {
      process.destroyForcibly().waitFor();
    }
    return Files.readString(log);
  }

  @Test
  void theBuildFailsOnEachBannedVersionAndOnNoOther() {
    var number = 0;
    for (var entry : CASES.entrySet()) {
      var result =
          Pattern.compile(" user-%d [^ ]+ \\.+ ([A-Z]+)".formatted(number++)).matcher(output);
      assertThat(result.find()).as(output).isTrue();
      assertThat(result.group(1))
          .as(entry.getKey() + "\n" + output)
          .isEqualTo(entry.getValue() ? "FAILURE" : "SUCCESS");
    }
  }

  @Test
  void itSaysWhichOne() {
    CASES.forEach(
        (coordinates, banned) -> {
          var parts = coordinates.split(":");
          var message = "%s:%s:jar:%s <--- banned".formatted(parts[0], parts[1], parts[2]);
          assertThat(output.contains(message)).as(message + "\n" + output).isEqualTo(banned);
        });
  }
}
