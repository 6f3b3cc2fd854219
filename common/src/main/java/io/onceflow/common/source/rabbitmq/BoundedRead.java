package io.onceflow.common.source.rabbitmq;

import java.io.IOException;

/**
 * Finds the end of a bounded read of a queue: the task has taken as many messages as were there at
 * its start, or the queue was seen empty and all that had been delivered was read. A queue that
 * waits for an acknowledgement is not empty. Fetcher thread.
 *
 * <p>Emptiness is asked for only when nothing has arrived for a while, and before it is believed
 * the consumer is cancelled: the answer to that comes behind all deliveries.
 */
final class BoundedRead {

  private static final long QUIET_MS = 200;

  private final QueueLink link;
  private final boolean bounded;
  private boolean begun;
  private QueueSession cancelled;
  private long quietSinceMs;

  BoundedRead(QueueLink link, boolean bounded) {
    this.link = link;
    this.bounded = bounded;
  }

  QueueLink link() {
    return link;
  }

  /** Whether this is the first time that it is asked. */
  boolean begins() {
    boolean first = bounded && !begun;
    begun = true;
    return first;
  }

  /** Whether the end is reached; the session is null while there is none. */
  boolean hasEnded(QueueSession session, long nowMs) throws IOException {
    if (!bounded || session == null) {
      return bounded && link.isEnough();
    }
    try {
      return isAtEnd(session, nowMs);
    } catch (IOException | RuntimeException e) {
      if (session.isOpen()) {
        throw e;
      }
      return false;
    }
  }

  private boolean isAtEnd(QueueSession session, long nowMs) throws IOException {
    if (link.isEnough()) {
      cancel(session);
      return true;
    }
    if (session.hasArrivals()) {
      quietSinceMs = nowMs;
      return false;
    }
    if (cancelled == session) {
      return session.isCancelled() && !session.hasArrivals();
    }
    if (nowMs - quietSinceMs >= QUIET_MS) {
      quietSinceMs = nowMs;
      if (session.isQueueEmpty()) {
        cancel(session);
      }
    }
    return false;
  }

  private void cancel(QueueSession session) throws IOException {
    if (cancelled != session) {
      cancelled = session;
      session.cancel();
    }
  }
}
