package io.onceflow.ledger.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.job.JobMain;
import io.onceflow.common.upgrade.Golden;
import io.onceflow.common.upgrade.GraphText;
import io.onceflow.ledger.LedgerMain;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The ledger's operators, as its shipped configuration builds them, are those that were accepted.
 */
class JobGraphTest {

  @TempDir Path directory;

  @Test
  void theGraphIsTheOneThatSavepointsWereTakenOf() throws Exception {
    assertThat(Golden.operators("ledger").check(GraphText.of(ledger(env -> {}).getStreamGraph())))
        .isEmpty();
  }

  @Test
  void aRenamedUidIsNoticed() throws Exception {
    assertThat(changed(env -> find(env, "execute commands").setUid("run-commands")))
        .contains("- execute-commands\n", "+ run-commands\n", "-Donceflow.accept");
  }

  @Test
  void aFixedParallelismIsNoticed() throws Exception {
    assertThat(changed(env -> find(env, "execute commands").setParallelism(2)))
        .contains("  execute-commands\n-   parallelism      default\n+   parallelism      2\n");
    assertThat(changed(env -> find(env, "execute commands").setMaxParallelism(64)))
        .contains("-   max parallelism  default\n+   max parallelism  64\n");
  }

  @Test
  void aMissingOperatorIsNoticed() throws Exception {
    assertThat(changed(env -> env.getTransformations().remove(find(env, "dead letters"))))
        .contains("- sink-dead-letters\n");
  }

  @Test
  void nothingIsAcceptedByItself() throws Exception {
    Path file = Files.writeString(directory.resolve("golden.txt"), "a\n");
    assertThat(new Golden(file).difference("b\n")).contains("- a\n+ b\n");
    assertThat(file).hasContent("a\n");
  }

  private static String changed(Consumer<StreamExecutionEnvironment> change) throws Exception {
    return Golden.operators("ledger").difference(GraphText.of(ledger(change).getStreamGraph()));
  }

  private static org.apache.flink.api.dag.Transformation<?> find(
      StreamExecutionEnvironment env, String name) {
    return env.getTransformations().stream()
        .filter(transformation -> transformation.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** The job of {@code flink-conf}; only the transport is changed, which is not in the graph. */
  private static StreamExecutionEnvironment ledger(Consumer<StreamExecutionEnvironment> change)
      throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, "file:///not-written");
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofSeconds(10));
    configuration.set(CoreOptions.DEFAULT_PARALLELISM, GraphText.DEFAULT_PARALLELISM);
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    JobMain.define(
        new LedgerMain(),
        env,
        "--config",
        "../../flink-conf/jobs/ledger.yaml",
        "--set",
        "postgres.ssl-mode=disable");
    change.accept(env);
    return env;
  }
}
