package io.onceflow.testbed.cluster.cli;

import io.onceflow.testbed.cluster.JobHandle;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Ends a job without a savepoint. */
@Command(
    name = "cancel",
    sortOptions = false,
    description = {
      "Ends the job at once. What came after its last checkpoint is done again when it is restored from that;",
      "better is stop."
    })
final class CancelCommand implements Callable<Integer> {
  @Mixin private RunningJob job = new RunningJob();

  @Override
  public Integer call() {
    JobHandle found = job.find();
    System.out.printf("Job %s (%s) is %s.%n", job.name(), found.id(), found.cancel());
    // Not before the end: until then there may be another one.
    Optional<String> last = found.latestCheckpointPath();
    last.ifPresent(
        path ->
            System.out.printf(
                "Its last checkpoint: make restore JOB=%s FROM=latest, or%n%s%n",
                job.name(), path));
    return 0;
  }
}
