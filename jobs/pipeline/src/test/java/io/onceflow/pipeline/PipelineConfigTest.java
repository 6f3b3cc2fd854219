package io.onceflow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.config.ConfigException;
import io.onceflow.common.job.JobMain;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The shipped configuration and script, and what is told about others. */
class PipelineConfigTest {

  private static final Path FLINK_CONF = Path.of("../../flink-conf");

  @TempDir Path directory;

  private StreamGraph graph(String... more) throws Exception {
    var cluster = new Configuration();
    cluster.setString("execution.checkpointing.interval", "10s");
    cluster.setString("execution.checkpointing.dir", directory.toUri().toString());
    var env = StreamExecutionEnvironment.getExecutionEnvironment(cluster);
    var arguments =
        Stream.concat(
                Stream.of("--config", FLINK_CONF.resolve("jobs/pipeline.yaml").toString()),
                Stream.of(more))
            .toArray(String[]::new);
    JobMain.define(new PipelineMain(), env, arguments);
    return env.getStreamGraph();
  }

  private StreamGraph bySql(String script) throws Exception {
    var file = Files.writeString(directory.resolve("script.sql"), script);
    return graph("--set=pipeline.sql=" + file);
  }

  @Test
  void theShippedConfigurationMakesAGraphOfNamedOperators() throws Exception {
    assertThat(graph().getStreamNodes())
        .extracting(node -> node.getTransformationUID())
        .doesNotContainNull()
        .contains("source-numbers", "decode-numbers", "times-two");
  }

  @Test
  void theShippedScriptTakesTheFunctionsPlace() throws Exception {
    var graph = graph("--set=pipeline.sql=" + FLINK_CONF.resolve("sql/pipeline.sql"));
    assertThat(graph.getStreamNodes())
        .extracting(node -> node.getTransformationUID())
        .doesNotContainNull()
        .contains("to-rows", "of-rows")
        .doesNotContain("times-two");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SELECT 1;| may hold CREATE TEMPORARY .. statements only",
        "INSERT INTO x SELECT 1;| may hold CREATE TEMPORARY .. statements only",
        "-- nothing| has no statement",
        "CREATE TEMPORARY VIEW doubled AS SELECT 1| does not end with a semicolon",
        "CREATE TEMPORARY VIEW other AS SELECT * FROM numbers;| doubled",
        "CREATE TEMPORARY VIEW doubled AS SELECT x FROM numbers;| must have the columns of numbers",
        "CREATE TEMPORARY VIEW doubled AS SELECT record_key, CAST(NULL AS BIGINT) AS x, time_ms FROM numbers;| must have the columns",
        "CREATE TEMPORARY VIEW doubled AS SELECT nothing FROM numbers;| Column 'nothing' not found",
        "CREATE TEMPORARY VIEW doubled AS SELECT record_key, x, count(*) AS time_ms FROM numbers GROUP BY record_key, x;| update"
      })
  void aScriptThatCannotBeRunIsAMistakeThatNamesIt(String script, String told) {
    assertThatThrownBy(() -> bySql(script))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("pipeline.sql = ")
        .hasMessageContaining("script.sql")
        .hasMessageContaining(told);
  }

  @Test
  void aScriptThatIsNotThereIsAMistake() {
    assertThatThrownBy(() -> graph("--set=pipeline.sql=nowhere.sql"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("pipeline.sql = nowhere.sql")
        .hasMessageContaining("cannot be read");
  }

  @Test
  void theTutorialShowsTheShippedScript() throws Exception {
    var script = SqlScript.read(FLINK_CONF.resolve("sql/pipeline.sql"));
    var shown = Files.readString(Path.of("../../docs/pipeline.md")).replaceAll("\\s+", " ");
    assertThat(script.statements()).hasSize(1);
    assertThat(shown).contains(script.statements().get(0).replaceAll("\\s+", " ") + ";");
  }
}
