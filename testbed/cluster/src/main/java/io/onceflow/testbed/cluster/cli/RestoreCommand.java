package io.onceflow.testbed.cluster.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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

  @Mixin private SubmissionOptions submission = new SubmissionOptions();

  @Override
  public Integer call() {
    Repository.find().jar(job.name());
    job.requireNone();
    job.requireSlots(submission.parallelism());
    job.submit(
        submission.parallelism(),
        Snapshots.find(from, job.directory(), job.name()),
        claim,
        submission.arguments());
    return 0;
  }
}
