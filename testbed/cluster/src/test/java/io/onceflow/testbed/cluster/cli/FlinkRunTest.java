package io.onceflow.testbed.cluster.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The line that a submission prints and runs. */
class FlinkRunTest {
  @TempDir private Path root;

  private Repository repository;

  @BeforeEach
  void makeARepository() throws IOException {
    repository = new Repository(root);
    write("flink-conf/jobs/ledger.yaml");
    write("jobs/ledger/target/onceflow-ledger-job.jar");
  }

  private Path write(String path) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, "");
  }

  @Test
  void withoutADistributionTheScriptOfThisRepositoryIsRun() {
    FlinkRun run = FlinkRun.of(repository, state(), choice(0, null), null);
    assertThat(run.line())
        .isEqualTo(
            "FLINK_CONF_DIR=/conf KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:1 ROOT/scripts/flink run -d ROOT/jobs/ledger/target/onceflow-ledger-job.jar --config ROOT/flink-conf/jobs/ledger.yaml"
                .replace("ROOT", root.toString()));
  }

  @Test
  void aDistributionsOwnProgramAndJarsAreUsed() throws IOException {
    Path flink = write("my flink/bin/flink");
    Files.setPosixFilePermissions(flink, PosixFilePermissions.fromString("rwx------"));
    FlinkRun run =
        FlinkRun.of(repository, state(), choice(4, "/s"), root.resolve("my flink").toString());
    assertThat(run.command())
        .startsWith(
            flink.toString(), "run", "-d", "-p", "4", "-s", "/s", "--claimMode", "NO_CLAIM");
    assertThat(run.line()).contains("'" + flink + "' run -d -p 4");
  }

  @Test
  void aFlinkHomeThatIsNoneIsSaidBeforeAnythingRuns() {
    assertThatThrownBy(() -> FlinkRun.of(repository, state(), choice(0, null), "/nowhere"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("FLINK_HOME is /nowhere");
  }

  @Test
  void aJobThatIsNoneIsSaidWithThoseThatAre() {
    var choice = new FlinkRun.Choice("legder", 0, null, false, List.of());
    assertThatThrownBy(() -> FlinkRun.of(repository, state(), choice, null))
        .isInstanceOf(UsageException.class)
        .hasMessage("There is no job legder; there is: ledger.");
  }

  private static FlinkRun.Choice choice(int parallelism, String from) {
    return new FlinkRun.Choice("ledger", parallelism, from, false, List.of());
  }

  private static ClusterState state() {
    return new ClusterState(
        Identity.ofThisProcess(),
        true,
        List.of("http://127.0.0.1:1"),
        "/conf",
        List.of(),
        Map.of("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1"),
        true);
  }
}
