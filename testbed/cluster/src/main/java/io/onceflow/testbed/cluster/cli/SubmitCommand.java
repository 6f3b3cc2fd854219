package io.onceflow.testbed.cluster.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Submits a job by {@code flink run}. */
@Command(
    name = "submit",
    sortOptions = false,
    description = "Prints the line flink run .. and runs it.")
final class SubmitCommand implements Callable<Integer> {
  @Mixin private RunningJob job = new RunningJob();

  @Option(names = "--parallelism", description = "Default: that of flink-conf/config.yaml.")
  private int parallelism;

  @Parameters(description = "Arguments for the job, after --, such as -- --set sink.id=other")
  private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() {
    Repository.find().jar(job.name());
    job.requireNone();
    job.requireSlots(parallelism);
    job.submit(parallelism, null, false, arguments);
    return 0;
  }
}
