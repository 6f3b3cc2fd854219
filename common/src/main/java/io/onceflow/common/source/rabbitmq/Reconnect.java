package io.onceflow.common.source.rabbitmq;

import io.onceflow.common.retry.Backoff;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * When to try a connection again, and when to give up. One thread.
 *
 * <p>Pauses grow from {@value #FIRST_PAUSE_MS} ms to {@value #LONGEST_PAUSE_MS} ms, with jitter, so
 * that the readers of a server that comes back do not all knock at once.
 */
final class Reconnect {

  private static final long FIRST_PAUSE_MS = 200;
  private static final long LONGEST_PAUSE_MS = 5_000;
  private static final Backoff BACKOFF =
      new Backoff(Duration.ofMillis(FIRST_PAUSE_MS), Duration.ofMillis(LONGEST_PAUSE_MS));

  private final long limitMs;
  private boolean connectedBefore;
  private int failures;
  private long downSinceMs;
  private long nextMs;

  Reconnect(Duration limit) {
    this.limitMs = limit.toMillis();
  }

  boolean isDue(long nowMs) {
    return failures == 0 || nowMs >= nextMs;
  }

  void succeeded() {
    connectedBefore = true;
    failures = 0;
  }

  /** Whether it is the first connection of this reader, where a mistake is told at once. */
  boolean isFirst() {
    return !connectedBefore;
  }

  /** Notes a failure; whether it has been down for longer than the limit. */
  boolean failed(long nowMs) {
    if (failures++ == 0) {
      downSinceMs = nowMs;
    }
    nextMs = nowMs + FIRST_PAUSE_MS / 2 + BACKOFF.pauseMs(failures, ThreadLocalRandom.current());
    return nowMs - downSinceMs > limitMs;
  }
}
