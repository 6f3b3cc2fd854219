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
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whoever runs the job of a block: submits it, rescales it, restores it. Thread-safe; what changes
 * the job is done one after the other.
 */
final class JobOperator implements JobActions {
  private static final Logger LOG = LoggerFactory.getLogger(JobOperator.class);
  private static final Duration RUNNING = Duration.ofSeconds(60);
  private static final Duration DOWN = Duration.ofSeconds(1);
  private static final Duration PERSISTENCE = Duration.ofMinutes(2);
  private static final Duration RETRY = Duration.ofMillis(500);

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
    var called = Instant.now();
    try {
      return job.stopWithSavepoint();
    } catch (ClusterException e) {
      return pathIfFinished(e, called);
    }
  }

  /** The job may have ended well while the answer was lost with its leader. */
  private String pathIfFinished(ClusterException failure, Instant called) {
    if (!job.hasEnded()) {
      throw new NotInjectedException("The job goes on: " + failure.getMessage());
    }
    return RetainedFiles.newestSavepoint(files.savepoints(), job.id(), called)
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
    cancel();
    restore(submission.restoreAndClaim(lastCheckpoint()), slots);
  }

  /**
   * The one that Flink calls the last: the newest on the disk may be whole and never completed,
   * when its leader died before it was registered. Only of a job that Flink has forgotten, the disk
   * is all that is left to go by.
   */
  private String lastCheckpoint() {
    Optional<String> reported;
    try {
      reported = job.latestCheckpointPath();
    } catch (ClusterException forgotten) {
      LOG.info("Going by the disk: {}", forgotten.getMessage());
      reported = Optional.empty();
    }
    return reported.orElseGet(
        () ->
            RetainedFiles.newestCheckpoint(files.checkpoints(), job.id())
                .map(JobOperator::uri)
                .orElseThrow(
                    () -> new ClusterException("The cancelled job left no checkpoint: " + job)));
  }

  /** From here on there is no way back: a job that is half cancelled must end, to be restored. */
  private void cancel() {
    persist(
        () -> {
          try {
            return job.cancel();
          } catch (ClusterException e) {
            if (job.hasEnded()) {
              return null;
            }
            throw e;
          }
        });
  }

  private void restore(Submission restored, int slots) {
    parallelism = slots;
    var submitted = restored.parallelism(slots);
    var ended = job.id();
    var attempts = new AtomicInteger();
    job =
        persist(
            () ->
                (attempts.getAndIncrement() == 0 ? Optional.<JobHandle>empty() : other(ended))
                    .orElseGet(() -> cluster.submit(submitted)));
  }

  /**
   * An attempt whose answer was lost may have arrived; two jobs must not write through one sink.
   */
  private Optional<JobHandle> other(String ended) {
    return cluster.jobs().stream()
        .filter(each -> !each.id().equals(ended) && !each.hasEnded())
        .findFirst();
  }

  /** An operator who has begun tries again until it is done; what failed last is thrown. */
  private static <T> T persist(Supplier<T> step) {
    long deadline = System.nanoTime() + PERSISTENCE.toNanos();
    while (true) {
      try {
        return step.get();
      } catch (ClusterException e) {
        if (System.nanoTime() > deadline || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        LOG.info("Trying again: {}", e.getMessage());
        LockSupport.parkNanos(RETRY.toNanos());
      }
    }
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
