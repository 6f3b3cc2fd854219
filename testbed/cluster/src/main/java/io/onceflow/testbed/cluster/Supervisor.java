package io.onceflow.testbed.cluster;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts dead members again, as Kubernetes would. */
final class Supervisor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);

  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread supervisor = new Thread(task, "supervisor");
            supervisor.setDaemon(true);
            return supervisor;
          });
  private final List<ClusterMember> members;

  Supervisor(List<ClusterMember> members, Duration delay) {
    this.members = members;
    thread.scheduleWithFixedDelay(
        this::look, delay.toMillis(), delay.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void look() {
    for (ClusterMember member : members) {
      try {
        if (!thread.isShutdown() && member.restartIfDead()) {
          LOG.info("{} was dead and is started again.", member.name());
        }
      } catch (RuntimeException e) {
        LOG.warn("{} was dead and could not be started again.", member.name(), e);
      }
    }
  }

  /** Returns when no member is being started any more. */
  @Override
  public void close() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(30, TimeUnit.SECONDS)) {
        LOG.warn("The supervisor does not end.");
      }
    } catch (InterruptedException e) {
      throw ClusterException.interrupted("the supervisor to end", e);
    }
  }
}
