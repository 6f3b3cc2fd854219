package io.onceflow.testbed.cluster.cli;

import io.onceflow.testbed.cluster.JobHandle;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Stops a job with a savepoint. */
@Command(
    name = "stop",
    sortOptions = false,
    description =
        "Takes a savepoint, commits what it holds and ends the job. The savepoint's path is the last line.")
final class StopCommand implements Callable<Integer> {
  @Mixin private RunningJob job = new RunningJob();

  @Override
  public Integer call() {
    JobHandle found = job.find();
    String path = found.stopWithSavepoint();
    System.out.printf("Job %s (%s) has stopped; its savepoint:%n", job.name(), found.id());
    System.out.println(path);
    return 0;
  }
}
