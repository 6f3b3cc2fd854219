package io.onceflow.testbed.cluster.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Takes a savepoint of a running job. */
@Command(
    name = "savepoint",
    sortOptions = false,
    description = {
      "Takes a savepoint; the job goes on. Its path is the last line.",
      "To restore it while the job has gone on is to fork the history: the sink refuses that."
    })
final class SavepointCommand implements Callable<Integer> {
  @Mixin private RunningJob job = new RunningJob();

  @Override
  public Integer call() {
    System.out.println(job.find().savepoint());
    return 0;
  }
}
