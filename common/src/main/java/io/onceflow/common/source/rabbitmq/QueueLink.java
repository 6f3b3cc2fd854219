package io.onceflow.common.source.rabbitmq;

import io.onceflow.common.source.rabbitmq.QueueEvent.DeliveryTag;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A reader's way to one queue, over all its connections: opens the next one when one has ended, and
 * hands acknowledgements to the connection that they belong to. The fetcher connects and reads; the
 * task acknowledges and closes.
 */
final class QueueLink {

  private static final Logger LOG = LoggerFactory.getLogger(QueueLink.class);

  private final QueueSettings settings;
  private final String queue;
  private final Runnable signal;
  private final QueueMetrics metrics;
  private final Reconnect reconnect;
  private final Starvation starvation;
  private volatile QueueSession session;
  private volatile boolean enough;
  private volatile boolean closed;
  private long connections;

  QueueLink(QueueSettings settings, String queue, Runnable signal, QueueMetrics metrics) {
    this.settings = settings;
    this.queue = queue;
    this.signal = signal;
    this.metrics = metrics;
    this.reconnect = new Reconnect(settings.reconnectLimit());
    this.starvation = new Starvation(queue, settings.prefetch());
  }

  String queue() {
    return queue;
  }

  /**
   * The connection of now, or null while there is none. Fetcher thread.
   *
   * @throws IOException when there was none for longer than the limit, or the very first one meets
   *     a mistake that waiting does not mend
   */
  QueueSession session(long nowMs) throws IOException {
    if (session != null && !session.isOpen()) {
      LOG.warn(
          "The connection to queue '{}' ended ({}); what was not acknowledged will be delivered again, and known.",
          queue,
          session.endReason());
      session.abort();
      session = null;
      metrics.reconnected();
    }
    if (session == null && !closed && reconnect.isDue(nowMs)) {
      connect(nowMs);
    }
    return session;
  }

  private void connect(long nowMs) throws IOException {
    try {
      var opened = QueueSession.open(settings, queue, connections + 1, signal);
      connections++;
      session = opened;
      reconnect.succeeded();
      LOG.info("Queue '{}' is read over its connection number {}.", queue, connections);
      if (closed) {
        opened.abort();
      }
    } catch (IOException | RuntimeException e) {
      failed(e, nowMs);
    }
  }

  private void failed(Exception e, long nowMs) throws IOException {
    if (reconnect.isFirst() && Reasons.isMistake(e)) {
      throw new IOException(
          "Queue '%s' cannot be read: %s. Correct the name, the virtual host, or the user's rights (docs/rabbitmq.md)."
              .formatted(queue, Reasons.of(e)),
          e);
    }
    if (reconnect.failed(nowMs)) {
      throw new IOException(
          "Queue '%s' could not be read for %s: %s. The job fails so that somebody looks; nothing is lost, and it goes on when it is restarted."
              .formatted(queue, settings.reconnectLimit(), Reasons.of(e)),
          e);
    }
    LOG.warn("Queue '{}' cannot be read yet, and is tried again: {}.", queue, Reasons.of(e));
  }

  /** A bounded read has what it came for. Task thread. */
  void enough() {
    enough = true;
    signal.run();
  }

  boolean isEnough() {
    return enough;
  }

  /** Task thread; does nothing when the delivery's connection has ended. */
  void acknowledge(DeliveryTag tag) {
    var current = session;
    if (current != null && current.number() == tag.connection()) {
      current.acknowledge(tag.number());
    }
  }

  /** Looks whether the queue waits for a checkpoint. Fetcher thread. */
  void checkStarvation(long nowMs) {
    var current = session;
    starvation.check(current == null ? 0 : current.unacknowledged(), nowMs);
  }

  long unacknowledged() {
    var current = session;
    return current == null ? 0 : current.unacknowledged();
  }

  long prefetchFullMs() {
    return starvation.fullMs(System.currentTimeMillis());
  }

  /** Any thread. */
  void close() {
    closed = true;
    var current = session;
    if (current != null) {
      current.close();
    }
  }
}
