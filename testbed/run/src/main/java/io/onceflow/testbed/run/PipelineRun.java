package io.onceflow.testbed.run;

import io.onceflow.common.job.Job;
import io.onceflow.pipeline.PipelineMain;
import io.onceflow.testbed.run.check.Mistakes;
import io.onceflow.testbed.run.check.NumbersCheck;
import io.onceflow.testbed.run.check.Report;
import io.onceflow.testbed.run.load.CommandSource;
import io.onceflow.testbed.servers.KafkaClient;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The pipeline: numbers from one topic, doubled, into another. */
final class PipelineRun implements RunnableJob {

  private static final Set<String> CHECKED =
      Set.of(
          "source.topic",
          "source.starting-offsets",
          "source.stop-at-latest",
          "output.topic",
          "output.reject-topic",
          "dead-letters.topic",
          "kafka.bootstrap-servers");

  private static final String YAML =
      """
      kafka:
        bootstrap-servers: %s
      source:
        topic: %s
        group-id: pipeline
      output:
        topic: %s
        id: pipeline-output
      dead-letters:
        topic: %s
        id: pipeline-dead-letters
      """;

  @Override
  public Job<?> job() {
    return new PipelineMain();
  }

  @Override
  public String inputTopic() {
    return Topics.NUMBERS;
  }

  @Override
  public Set<String> checkedKeys() {
    return CHECKED;
  }

  @Override
  public boolean usesPostgres() {
    return false;
  }

  @Override
  public boolean takesFiles() {
    return false;
  }

  @Override
  public void prepare(RunServers servers, int partitions) {
    try (KafkaClient client = KafkaClient.to(servers.kafka())) {
      Topics.create(client, Topics.NUMBERS, partitions, Map.of());
      Topics.create(client, Topics.DOUBLED, partitions, Map.of());
      Topics.create(client, Topics.NO_NUMBERS, 1, Map.of());
    }
  }

  @Override
  public String yaml(RunServers servers) {
    return YAML.formatted(
        servers.bootstrapServers(), Topics.NUMBERS, Topics.DOUBLED, Topics.NO_NUMBERS);
  }

  @Override
  public CommandSource source(LoadOptions load, int partitions, int round) {
    return load.numbers(partitions, round);
  }

  @Override
  public Progress progress(RunServers servers) {
    return new PipelineProgress(servers);
  }

  @Override
  public Report check(
      RunServers servers, RunFiles files, Mistakes mistakes, Consumer<String> progress)
      throws Exception {
    var place =
        new NumbersCheck.Place(
            servers.bootstrapServers(),
            Topics.NUMBERS,
            servers.partitions(),
            Topics.DOUBLED,
            Topics.NO_NUMBERS,
            files.sent(),
            files.segments());
    return new NumbersCheck(place, 2, mistakes, progress).run();
  }
}
