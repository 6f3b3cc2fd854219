package io.onceflow.testbed.cluster.cli;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UpCommandTest {
  @TempDir Path directory;

  @Test
  void aDirectoryThatIsNotAClustersIsNotRemoved() throws IOException {
    Files.writeString(directory.resolve("letters"), "mine");
    UpCommand.mark(directory);

    assertThatThrownBy(() -> UpCommand.requireOwn(directory))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("may not be a cluster's");
  }

  @Test
  void whatAClusterMadeMayBeRemoved() throws IOException {
    Path own = directory.resolve("cluster");
    UpCommand.mark(own);
    Files.writeString(own.resolve("state"), "its");

    assertThatCode(() -> UpCommand.requireOwn(own)).doesNotThrowAnyException();
    assertThatCode(() -> UpCommand.requireOwn(directory.resolve("absent")))
        .doesNotThrowAnyException();
  }
}
