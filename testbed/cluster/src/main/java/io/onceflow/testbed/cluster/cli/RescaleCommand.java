package io.onceflow.testbed.cluster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Stops a job and submits it again with another parallelism. */
@Command(
    name = "rescale",
    sortOptions = false,
    description = "Stops the job with a savepoint and goes on from there with another parallelism.")
final class RescaleCommand implements Callable<Integer> {
  @Mixin private RunningJob job = new RunningJob();

  @Option(names = "--parallelism", required = true, description = "At most the slots there are.")
  private int parallelism;

  @Parameters(description = "Arguments for the job, after --.")
  private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() {
    Repository repository = Repository.find();
    repository.jar(job.name());
    ClusterState state = job.state();
    JsonNode overview = state.connection().rest("/overview");
    int slots = overview.path("slots-total").asInt();
    if (parallelism < 1 || parallelism > slots) {
      throw new UsageException(
          "--parallelism %d: must be 1 to %d, the slots of this cluster."
              .formatted(parallelism, slots));
    }
    String savepoint = job.find().stopWithSavepoint();
    System.out.println("Stopped with the savepoint " + savepoint);
    FlinkRun.of(
            repository,
            state,
            new FlinkRun.Choice(
                job.name(),
                parallelism,
                Snapshots.find(savepoint, job.directory()),
                false,
                arguments),
            System.getenv("FLINK_HOME"))
        .runUntilItRuns(state);
    return 0;
  }
}
