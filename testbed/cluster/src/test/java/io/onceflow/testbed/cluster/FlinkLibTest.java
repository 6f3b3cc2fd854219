package io.onceflow.testbed.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the processes' jars come from. */
class FlinkLibTest {
  @TempDir private Path home;

  @Test
  void aDistributionIsUsedWhenItIsNamed() throws IOException {
    Path jar = Files.createDirectories(home.resolve("lib")).resolve("flink-dist.jar");
    Files.writeString(jar, "");
    assertThat(FlinkLib.find(home.toString()).jars()).containsExactly(jar);
  }

  @Test
  void aDirectoryThatIsNoDistributionIsRefused() {
    assertThatThrownBy(() -> FlinkLib.find(home.toString()))
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("FLINK_HOME is " + home);
  }

  @Test
  void mavensJarsHoldWhatADistributionsLibHolds() {
    assertThat(FlinkLib.find(null).jars())
        .extracting(jar -> jar.getFileName().toString())
        .anyMatch(name -> name.startsWith("flink-runtime-web-"))
        .anyMatch(name -> name.startsWith("flink-statebackend-rocksdb-"))
        .anyMatch(name -> name.startsWith("postgresql-"))
        .anyMatch(name -> name.startsWith("log4j-slf4j-impl-"))
        .noneMatch(name -> name.startsWith("flink-connector-kafka"))
        .noneMatch(name -> name.endsWith("-tests.jar"));
  }
}
