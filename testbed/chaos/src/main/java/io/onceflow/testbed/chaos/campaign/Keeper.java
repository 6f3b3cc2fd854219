package io.onceflow.testbed.chaos.campaign;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that every process runs again, as Kubernetes and systemd do. One thread for each
 * process, as a server takes seconds to start. Thread-safe.
 */
final class Keeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Keeper.class);
  private static final Duration ROUND = Duration.ofMillis(200);
  private static final Duration STARTED = Duration.ofSeconds(90);

  private final List<KeptProcess> processes;
  private final ExecutorService threads;
  private volatile boolean closed;

  Keeper(List<KeptProcess> processes) {
    this.processes = List.copyOf(processes);
    this.threads =
        Executors.newCachedThreadPool(
            work -> {
              var daemon = new Thread(work, "keeper");
              daemon.setDaemon(true);
              return daemon;
            });
    this.processes.forEach(process -> threads.execute(() -> keep(process)));
  }

  List<KeptProcess> processes() {
    return processes;
  }

  private void keep(KeptProcess process) {
    while (!closed) {
      try {
        process.keep();
      } catch (RuntimeException e) {
        LOG.warn("{} cannot be looked after.", process, e);
      }
      LockSupport.parkNanos(ROUND.toNanos());
    }
  }

  /** Resumes everything that stands still and waits until all is up; false when it is not. */
  boolean awaitAllWell() {
    long deadline = System.nanoTime() + STARTED.toNanos();
    while (System.nanoTime() < deadline) {
      processes.forEach(KeptProcess::resumeIfStopped);
      if (processes.stream().allMatch(KeptProcess::isWell)) {
        return true;
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
      if (Thread.currentThread().isInterrupted()) {
        return false;
      }
    }
    return false;
  }

  @Override
  public void close() {
    closed = true;
    threads.shutdown();
  }
}
