package io.onceflow.common.source.rabbitmq;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds a queue that gives nothing because its prefetch is used up: all of it was delivered and
 * waits for a checkpoint to acknowledge it. Short waits are seen in the metric; long ones are said.
 * Fetcher thread; the metric is read by any.
 */
final class Starvation {

  private static final Logger LOG = LoggerFactory.getLogger(Starvation.class);
  private static final Duration LONG = Duration.ofSeconds(30);

  private final String queue;
  private final int prefetch;
  private volatile long fullSinceMs;
  private long saidMs;

  Starvation(String queue, int prefetch) {
    this.queue = queue;
    this.prefetch = prefetch;
  }

  void check(long unacknowledged, long nowMs) {
    if (unacknowledged < prefetch) {
      fullSinceMs = 0;
      saidMs = 0;
      return;
    }
    if (fullSinceMs == 0) {
      fullSinceMs = nowMs;
    }
    if (nowMs - Math.max(fullSinceMs, saidMs) >= LONG.toMillis()) {
      saidMs = nowMs;
      LOG.warn(
          "Queue '{}' has been waiting for {} s: all {} messages of its prefetch wait for a checkpoint to complete. Find out why checkpoints are slow or fail; if they do not, shorten execution.checkpointing.interval or raise the prefetch above rate x (interval + duration).",
          queue,
          (nowMs - fullSinceMs) / 1000,
          prefetch);
    }
  }

  /** For how long it has been waiting now. */
  long fullMs(long nowMs) {
    long since = fullSinceMs;
    return since == 0 ? 0 : Math.max(0, nowMs - since);
  }
}
