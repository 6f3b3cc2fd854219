package io.onceflow.testbed.cluster.cli;

import io.onceflow.testbed.cluster.ClusterConnection;
import io.onceflow.testbed.cluster.ClusterException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Ends the supervisor, and so all that it started; nothing else is touched. */
@Command(name = "down", description = "Ends the cluster and its servers; data and savepoints stay.")
final class DownCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration POLL = Duration.ofMillis(100);

  @Mixin private CommonOptions data = new CommonOptions();

  @Override
  public Integer call() {
    Path directory = data.path();
    Optional<ClusterState> found = ClusterState.read(directory);
    if (found.isEmpty()) {
      System.out.println("No cluster is up.");
      return 1;
    }
    ClusterState state = found.get();
    tellOfJobs(state);
    Identity supervisor = state.supervisor();
    handle(supervisor).ifPresent(ProcessHandle::destroy);
    if (!awaitGone(state)) {
      // Its children end with it, whatever it hangs in.
      handle(supervisor).ifPresent(ProcessHandle::destroyForcibly);
      if (!awaitGone(state)) {
        throw new ClusterException("These do not end:%n%s".formatted(Texts.parts(state)));
      }
    }
    System.out.println("Ended: " + names(state));
    System.out.println(
        "Data, checkpoints and savepoints are kept in " + Repository.shown(directory));
    return 0;
  }

  private static Optional<ProcessHandle> handle(Identity process) {
    return process.isAlive() ? ProcessHandle.of(process.pid()) : Optional.empty();
  }

  private static void tellOfJobs(ClusterState state) {
    if (!state.ready()) {
      return;
    }
    try {
      ClusterConnection cluster = state.connection();
      for (ClusterConnection.JobLine job : cluster.jobs()) {
        if (job.isActive()) {
          System.out.printf(
              "Job %s (%s) is %s and ends with the cluster. It can go on later: make restore JOB=%s FROM=latest%n",
              job.name(), job.id(), job.state(), job.name());
        }
      }
    } catch (ClusterException e) {
      System.out.println("Its jobs are not known: " + e.getMessage());
    }
  }

  private static boolean awaitGone(ClusterState state) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < deadline) {
      if (!state.supervisor().isAlive()
          && state.parts().stream().noneMatch(part -> part.process().isAlive())) {
        return true;
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
    return false;
  }

  private static String names(ClusterState state) {
    List<String> names =
        state.parts().stream().map(part -> part.name() + " " + part.process().pid()).toList();
    return String.join(", ", names)
        + (names.isEmpty() ? "" : ", ")
        + "supervisor "
        + state.supervisor().pid();
  }
}
