package io.onceflow.testbed.cluster.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Submits a job by {@code flink run}. */
@Command(
    name = "submit",
    sortOptions = false,
    description = "Prints the line flink run .. and runs it.")
final class SubmitCommand implements Callable<Integer> {
  @Mixin private RunningJob job = new RunningJob();

  @Mixin private SubmissionOptions submission = new SubmissionOptions();

  @Override
  public Integer call() {
    Repository.find().jar(job.name());
    job.requireNone();
    job.requireSlots(submission.parallelism());
    job.submit(submission.parallelism(), null, false, submission.arguments());
    return 0;
  }
}
