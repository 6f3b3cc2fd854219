package io.onceflow.common.source.rabbitmq;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The ways to all queues of a reader, and the bell that rings when one has news. Thread-safe. */
final class QueueLinks {

  private final QueueSettings settings;
  private final QueueMetrics metrics;
  private final Map<String, QueueLink> links = new ConcurrentHashMap<>();
  private final Bell bell = new Bell();

  QueueLinks(QueueSettings settings, QueueMetrics metrics) {
    this.settings = settings;
    this.metrics = metrics;
  }

  QueueLink of(String queue) {
    return links.computeIfAbsent(
        queue, name -> new QueueLink(settings, name, this::wakeUp, metrics));
  }

  /** Whoever awaits goes on, or does not begin to wait. */
  void wakeUp() {
    bell.ring();
  }

  void await(long waitMs) {
    bell.await(waitMs);
  }

  /** Closes each connection after what was acknowledged is sent. */
  void close() {
    links.values().forEach(QueueLink::close);
  }
}
