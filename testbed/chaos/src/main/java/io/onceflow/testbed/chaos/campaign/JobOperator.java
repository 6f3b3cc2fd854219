package io.onceflow.testbed.chaos.campaign;

import io.onceflow.testbed.chaos.fault.JobActions;
import io.onceflow.testbed.chaos.fault.NotInjectedException;
import io.onceflow.testbed.chaos.fault.Target;
import io.onceflow.testbed.chaos.fault.Victim;
import io.onceflow.testbed.cluster.ClusterException;
import io.onceflow.testbed.cluster.FlinkCluster;
import io.onceflow.testbed.cluster.JobHandle;
import io.onceflow.testbed.cluster.Submission;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Whoever runs the job of a block: submits it, rescales it, restores it. Thread-safe; what changes
 * the job is done one after the other.
 */
final class JobOperator implements JobActions {
  private static final Duration RUNNING = Duration.ofSeconds(60);
  private static final Duration DOWN = Duration.ofSeconds(1);

  private final FlinkCluster cluster;
  private final QuickRest rest;
  private final CampaignFiles files;
  private final List<KeptProcess> processes;
  private final Submission submission;
  private volatile JobHandle job;
  private volatile int parallelism;

  /**
   * @param submission the job without what it is restored from
   */
  JobOperator(
      FlinkCluster cluster,
      CampaignFiles files,
      List<KeptProcess> processes,
      Submission submission) {
    this.cluster = cluster;
    this.rest = new QuickRest(cluster);
    this.files = files;
    this.processes = processes;
    this.submission = submission;
  }

  /** Submits the job from nothing. */
  synchronized void start(int slots) {
    parallelism = slots;
    job = cluster.submit(submission.parallelism(slots));
    job.awaitRunning(RUNNING);
  }

  JobHandle job() {
    return job;
  }

  int parallelism() {
    return parallelism;
  }

  QuickRest rest() {
    return rest;
  }

  @Override
  public int storm(int checkpoints, boolean savepoints) {
    var path = "/jobs/%s/%s".formatted(job.id(), savepoints ? "savepoints" : "checkpoints");
    int accepted = 0;
    for (int i = 0; i < checkpoints; i++) {
      accepted += rest.post(path, savepoints ? "{\"cancel-job\":false}" : "{}") ? 1 : 0;
    }
    return accepted;
  }

  @Override
  public synchronized void rescale(int slots) {
    restore(submission.restore(stop()), slots);
  }

  /** Stops with a savepoint and returns its path. */
  synchronized String stop() {
    try {
      return job.stopWithSavepoint();
    } catch (ClusterException e) {
      return pathIfFinished(e);
    }
  }

  /** The job may have ended well while the answer was lost with its leader. */
  private String pathIfFinished(ClusterException failure) {
    if (!job.status().isGloballyTerminalState()) {
      throw new NotInjectedException("The job goes on: " + failure.getMessage());
    }
    return RetainedFiles.newestSavepoint(files.savepoints(), job.id())
        .map(JobOperator::uri)
        .orElseThrow(() -> failure);
  }

  @Override
  public synchronized void restoreCheckpoint(boolean killAll, int slots) {
    if (RetainedFiles.newestCheckpoint(files.checkpoints(), job.id()).isEmpty()) {
      throw new NotInjectedException("The job has no checkpoint yet.");
    }
    if (killAll) {
      processes.stream()
          .filter(process -> process.target() == Target.TASKMANAGER && process.isRunning())
          .forEach(process -> process.kill(DOWN));
    }
    job.cancel();
    var checkpoint =
        RetainedFiles.newestCheckpoint(files.checkpoints(), job.id())
            .orElseThrow(
                () -> new ClusterException("The cancelled job left no checkpoint: " + job));
    restore(submission.restoreAndClaim(uri(checkpoint)), slots);
  }

  private void restore(Submission restored, int slots) {
    parallelism = slots;
    job = cluster.submit(restored.parallelism(slots));
  }

  private static String uri(Path snapshot) {
    return CampaignCluster.chaos(snapshot.toAbsolutePath());
  }

  @Override
  public boolean awaitRunningWithout(Victim taskManager, Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (System.nanoTime() < deadline) {
      if (runsWithout(taskManager.name())) {
        return true;
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
      if (Thread.currentThread().isInterrupted()) {
        return false;
      }
    }
    return false;
  }

  private boolean runsWithout(String taskManager) {
    var state = rest.get("/jobs/" + job.id());
    if (!state.path("state").asText().equals("RUNNING")) {
      return false;
    }
    for (var vertex : state.path("vertices")) {
      if (vertex.path("tasks").path("RUNNING").asInt() != vertex.path("parallelism").asInt()) {
        return false;
      }
    }
    var places = rest.taskManagersOf(job.id());
    return !places.isEmpty() && !places.contains(taskManager);
  }
}
