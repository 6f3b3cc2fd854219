package io.onceflow.testbed.cluster.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Submits a job from a savepoint or checkpoint. */
@Command(
    name = "restore",
    sortOptions = false,
    description = "Submits the job from a savepoint or retained checkpoint, by flink run -s ..")
final class RestoreCommand implements Callable<Integer> {
  @Mixin private RunningJob job = new RunningJob();

  @Option(
      names = "--from",
      required = true,
      description = "A path as stop printed it, or latest for the newest below the data directory.")
  private String from;

  @Option(
      names = "--claim",
      description = "The snapshot belongs to the job then, which deletes it when it is not needed.")
  private boolean claim;

  @Option(names = "--parallelism", description = "Default: that of flink-conf/config.yaml.")
  private int parallelism;

  @Parameters(description = "Arguments for the job, after --.")
  private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() {
    Repository.find().jar(job.name());
    job.requireNone();
    job.requireSlots(parallelism);
    job.submit(parallelism, Snapshots.find(from, job.directory(), job.name()), claim, arguments);
    return 0;
  }
}
