package io.onceflow.testbed.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.flink.configuration.GlobalConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipped configuration holds only what Flink reads. */
class ConfigYamlTest {
  private static final Path CONF = Path.of("..", "..", "flink-conf");
  private static final Pattern SUGGESTION =
      Pattern.compile("(?m)^ *# ([a-z][A-Za-z-]*(?:\\.[A-Za-z-]+)+): (\\S+)$");
  private static final DeclaredOptions OPTIONS = DeclaredOptions.ofLib();

  @TempDir private Path directory;

  @Test
  void theOptionsOfFlinkAreFound() {
    assertThat(OPTIONS.size()).isGreaterThan(500);
    assertThat(OPTIONS.unreadable()).isEmpty();
  }

  @Test
  void everyKeyOfTheShippedConfigurationIsAnOptionOfFlink() {
    Map<String, String> shipped = shipped();
    assertThat(shipped).hasSizeGreaterThan(40);
    assertThat(OPTIONS.mistakes(shipped)).isEmpty();
  }

  @Test
  void everySuggestionInACommentIsAnOptionOfFlink() throws IOException {
    Map<String, String> suggested = new TreeMap<>();
    SUGGESTION
        .matcher(Files.readString(CONF.resolve("config.yaml")))
        .results()
        .forEach(match -> suggested.put(match.group(1), match.group(2)));
    assertThat(suggested)
        .containsKeys("high-availability.type", "security.ssl.rest.enabled")
        .hasSizeGreaterThan(15);
    assertThat(OPTIONS.mistakes(suggested)).isEmpty();
  }

  @Test
  void aKeyThatFlinkDoesNotKnowIsAMistakeWhereverItStands() throws IOException {
    Map<String, String> wrong =
        load(
            """
            heartbeat:
              interval: 1 s
              timout: 12 s
            rest.flamgraph.enabled: true
            state.backend: rocksdb
            web:
              refresh-interval: soon
            """);
    assertThat(OPTIONS.mistakes(wrong))
        .hasSize(4)
        .anyMatch(mistake -> mistake.startsWith("heartbeat.timout is no key"))
        .anyMatch(mistake -> mistake.startsWith("rest.flamgraph.enabled is no key"))
        .anyMatch(mistake -> mistake.startsWith("state.backend is no key"))
        .anyMatch(mistake -> mistake.startsWith("web.refresh-interval has a value"));
  }

  @Test
  void theJvmGetsTheSameOpeningsAsTheTests() {
    assertThat(List.of(shipped().get("env.java.opts.all").split(" ")))
        .isEqualTo(FlinkLib.addOpens())
        .hasSizeGreaterThan(10);
  }

  @Test
  void whatMakesAProductionClusterSafeIsOn() {
    assertThat(shipped())
        .containsEntry("web.submit.enable", "false")
        .containsEntry("rest.bind-address", "127.0.0.1")
        .containsEntry("jobmanager.bind-host", "127.0.0.1")
        .containsEntry("taskmanager.bind-host", "127.0.0.1")
        .containsEntry("pipeline.auto-generate-uids", "false")
        .containsEntry("pipeline.generic-types", "false")
        .containsKey("restart-strategy.exponential-delay.attempts-before-reset-backoff");
  }

  private static Map<String, String> shipped() {
    return GlobalConfiguration.loadConfiguration(CONF.toString()).toMap();
  }

  private Map<String, String> load(String yaml) throws IOException {
    Files.writeString(directory.resolve("config.yaml"), yaml);
    return GlobalConfiguration.loadConfiguration(directory.toString()).toMap();
  }
}
