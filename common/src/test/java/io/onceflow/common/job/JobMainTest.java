package io.onceflow.common.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.config.ConfigException;
import io.onceflow.common.config.ConfigReader;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.client.program.ProgramParametrizationException;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.environment.LocalStreamEnvironment;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;

class JobMainTest {

  /** A job that only remembers what it was defined with. */
  private static final class SampleJob implements Job<Integer> {
    private final List<Integer> defined = new ArrayList<>();

    @Override
    public String name() {
      return "sample";
    }

    @Override
    public Integer config(ConfigReader reader) {
      return reader.integer("rows", "Rows.").between(1, 10).required();
    }

    @Override
    public void define(StreamExecutionEnvironment env, Integer config) {
      defined.add(config);
      env.fromData(1).uid("source-numbers").sinkTo(new DiscardingSink<>()).uid("sink-nothing");
    }
  }

  private final SampleJob job = new SampleJob();
  private final List<Integer> exits = new ArrayList<>();

  private static Configuration durable() {
    Configuration config = new Configuration();
    config.setString("execution.checkpointing.interval", "10s");
    config.setString("execution.checkpointing.dir", "file:///checkpoints");
    return config;
  }

  private static StreamExecutionEnvironment env(Configuration config) {
    return new StreamExecutionEnvironment(config);
  }

  @Test
  void aJobIsDefinedWithItsConfiguration() throws Exception {
    JobMain.define(job, env(durable()), "--set", "rows=7");
    assertThat(job.defined).containsExactly(7);
  }

  @Test
  void insideAClusterClientAMistakeIsThrownAsTheMessageTheClientPrints() {
    assertThatThrownBy(() -> JobMain.run(job, env(durable()), exits::add, "--set", "rows=70"))
        .isInstanceOf(ProgramParametrizationException.class)
        .hasMessageContaining("1 mistake in the configuration of job sample")
        .hasMessageContaining("rows = 70 (--set)");
    assertThat(exits).isEmpty();
    assertThat(job.defined).isEmpty();
  }

  @Test
  void inItsOwnProcessAMistakeExitsWithTwo() throws Exception {
    JobMain.run(job, new LocalStreamEnvironment(durable()), exits::add, "--nonsense");
    assertThat(exits).containsExactly(2);
    assertThat(job.defined).isEmpty();
  }

  @Test
  void helpListsTheKeysAndDefinesNothing() throws Exception {
    JobMain.run(job, new LocalStreamEnvironment(durable()), exits::add, "--help");
    assertThat(exits).containsExactly(0);
    assertThat(JobMain.help(job)).contains("--set KEY=VALUE").contains("rows  (integer, required)");
    assertThat(job.defined).isEmpty();
  }

  @Test
  void everySettingThatBreaksThePromiseIsNamed() {
    Configuration config = new Configuration();
    config.set(CheckpointingOptions.CHECKPOINT_STORAGE, "jobmanager");
    config.set(
        CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, CheckpointingMode.AT_LEAST_ONCE);
    assertThatThrownBy(() -> EnvironmentChecks.requireExactlyOnce(env(config)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("4 mistakes")
        .hasMessageContaining("execution.checkpointing.interval (Flink configuration): ")
        .hasMessageContaining("execution.checkpointing.mode = AT_LEAST_ONCE")
        .hasMessageContaining("execution.checkpointing.storage = jobmanager")
        .hasMessageContaining("execution.checkpointing.dir (Flink configuration): ");
    assertThatThrownBy(() -> JobMain.define(job, env(config), "--set", "rows=7"))
        .isInstanceOf(ConfigException.class);
    assertThat(job.defined).isEmpty();
  }

  @Test
  void aModeThatIsSetInCodeIsSeenToo() {
    StreamExecutionEnvironment env = env(durable());
    env.enableCheckpointing(1_000, CheckpointingMode.AT_LEAST_ONCE);
    assertThatThrownBy(() -> EnvironmentChecks.requireExactlyOnce(env))
        .hasMessageContaining("1 mistake in")
        .hasMessageContaining("execution.checkpointing.mode = AT_LEAST_ONCE");
  }

  @Test
  void kryoIsRefusedAtSubmission() throws Exception {
    StreamExecutionEnvironment env = env(durable());
    JobMain.define(job, env, "--set", "rows=7");
    assertThatThrownBy(
            () -> env.fromData(TypeInformation.of(Object.class), new Object()).getExecutionConfig())
        .hasMessageContaining("Generic types have been disabled");
  }

  @Test
  void anOperatorWithoutAUidIsRefusedAtSubmission() throws Exception {
    StreamExecutionEnvironment env = env(durable());
    JobMain.define(job, env, "--set", "rows=7");
    env.fromData(1).sinkTo(new DiscardingSink<>()).uid("sink-numbers");
    assertThatThrownBy(() -> env.getStreamGraph().getJobGraph())
        .hasStackTraceContaining("Auto generated UIDs have been disabled");
  }

  @Test
  void whatTheClusterDecidedStays() {
    Configuration config = durable();
    config.set(PipelineOptions.GENERIC_TYPES, true);
    StreamExecutionEnvironment env = env(config);
    EnvironmentChecks.forbidAccidents(env);
    assertThat(env.getConfiguration().get(PipelineOptions.GENERIC_TYPES)).isTrue();
    assertThat(env.getConfiguration().get(PipelineOptions.AUTO_GENERATE_UIDS)).isFalse();
  }
}
