package io.onceflow.testbed.cluster.cli;

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
    Repository.find().jar(job.name());
    if (parallelism == 0) {
      throw new UsageException("--parallelism 0: must be 1 or more.");
    }
    job.requireSlots(parallelism);
    String savepoint = job.find().stopWithSavepoint();
    System.out.println("Stopped with the savepoint " + savepoint);
    job.submit(
        parallelism, Snapshots.find(savepoint, job.directory(), job.name()), false, arguments);
    return 0;
  }
}
