package io.onceflow.testbed.chaos.campaign;

import io.onceflow.testbed.chaos.check.Checks;
import io.onceflow.testbed.chaos.report.History;
import io.onceflow.testbed.chaos.report.HistoryEvent.Event;
import io.onceflow.testbed.chaos.report.HistoryEvent.Phase;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes to the history when epochs were seen committed, and how long the store saw none after a
 * fault. Thread-safe.
 */
final class CommitLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CommitLog.class);
  private static final long PERIOD_MS = 50;

  /** Longer than two epochs of a job that is well: something was recovered from. */
  private static final Duration OUTAGE = Duration.ofMillis(1_500);

  private record Begun(String kind, Instant at) {}

  private final Checks checks;
  private final History history;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            var daemon = new Thread(work, "commit-log");
            daemon.setDaemon(true);
            return daemon;
          });
  private Instant last = Instant.now();
  private Begun fault;
  private volatile long epochs;

  CommitLog(Checks checks, History history) {
    this.checks = checks;
    this.history = history;
    thread.scheduleWithFixedDelay(this::look, PERIOD_MS, PERIOD_MS, TimeUnit.MILLISECONDS);
  }

  /** A fault holds from now on. */
  synchronized void begun(String kind) {
    if (fault == null || fault.at().isBefore(last)) {
      fault = new Begun(kind, Instant.now());
    }
  }

  /** No fault holds any more; a pause from now on is nobody's. */
  synchronized void calm() {
    fault = null;
  }

  /** How many moments there were at which rows became visible. */
  long epochs() {
    return epochs;
  }

  private void look() {
    try {
      Optional<Instant> newest = checks.lastCommit();
      newest.ifPresent(this::note);
    } catch (RuntimeException e) {
      LOG.warn("Commits cannot be looked at.", e);
    }
  }

  private synchronized void note(Instant newest) {
    if (!newest.isAfter(last)) {
      return;
    }
    epochs++;
    history.write(Event.EPOCHS, Phase.INFO, "", "", Map.of("epochs", epochs));
    if (fault != null) {
      var outage = Duration.between(fault.at().isAfter(last) ? fault.at() : last, newest);
      if (outage.compareTo(OUTAGE) > 0) {
        history.write(Event.RECOVERY, Phase.OK, fault.kind(), "", Map.of("ms", outage.toMillis()));
      }
    }
    last = newest;
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
