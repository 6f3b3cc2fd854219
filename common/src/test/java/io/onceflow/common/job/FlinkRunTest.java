package io.onceflow.common.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.config.ConfigReader;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarOutputStream;
import org.apache.flink.client.cli.CliFrontend;
import org.apache.flink.client.cli.DefaultCLI;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What somebody sees who submits a job with a mistake, by Flink's own command line. */
class FlinkRunTest {

  @TempDir Path directory;

  /** A main class as every job has one. */
  public static final class SampleMain implements Job<Integer> {

    /** Called by Flink. */
    public static void main(String[] args) throws Exception {
      JobMain.run(new SampleMain(), args);
    }

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
      throw new AssertionError("A job with a mistake must not be defined.");
    }
  }

  private record Outcome(int exitCode, String errors) {}

  private Outcome run(String... arguments) throws Exception {
    Path jar = directory.resolve("job.jar");
    new JarOutputStream(Files.newOutputStream(jar)).close();
    Configuration config = new Configuration();
    config.setString("rest.address", "localhost");
    config.setString("execution.target", "remote");
    List<String> line = new ArrayList<>(List.of("run", "-c", SampleMain.class.getName()));
    line.add(jar.toString());
    line.addAll(List.of(arguments));
    PrintStream standardError = System.err;
    ByteArrayOutputStream errors = new ByteArrayOutputStream();
    System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
    try {
      CliFrontend client = new CliFrontend(config, List.of(new DefaultCLI()));
      int exitCode = client.parseAndRun(line.toArray(String[]::new));
      return new Outcome(exitCode, errors.toString(StandardCharsets.UTF_8));
    } finally {
      System.setErr(standardError);
    }
  }

  @Test
  void aMistakeIsOneMessageWithoutAStackTrace() throws Exception {
    Outcome outcome = run("--set", "rows=70", "--set", "row=7");
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.errors())
        .contains("2 mistakes in the configuration of job sample")
        .contains("rows = 70 (--set): must be of type integer, between 1 and 10")
        .contains("row (--set): unknown key; did you mean rows?")
        .doesNotContain("\tat ");
  }

  @Test
  void anEnvironmentWithoutCheckpointsIsRefusedTheSameWay() throws Exception {
    Outcome outcome = run("--set", "rows=7");
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.errors())
        .contains("2 mistakes in the environment of the job")
        .contains("execution.checkpointing.interval")
        .contains("execution.checkpointing.dir")
        .doesNotContain("\tat ");
  }
}
