package io.onceflow.common.source.rabbitmq;

import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.SourceReaderMetricGroup;

/**
 * What a reader of queues counts: {@code numRecordsIn = emitted + duplicatesDropped}. Counters are
 * incremented by one thread each.
 */
final class QueueMetrics {

  private final SourceReaderMetricGroup group;
  private final Counter bytes;
  private final Counter duplicates;
  private final Counter redelivered;
  private final Counter withoutId;
  private final Counter reconnects;
  private final Counter lateInBoundedRead;

  QueueMetrics(SourceReaderMetricGroup group) {
    this.group = group;
    this.bytes = group.getIOMetricGroup().getNumBytesInCounter();
    this.duplicates = group.counter("duplicatesDropped");
    this.redelivered = group.counter("redelivered");
    this.withoutId = group.counter("messagesWithoutId");
    this.reconnects = group.counter("reconnects");
    this.lateInBoundedRead = group.counter("leftInQueue");
  }

  /** Registers what is shown of one queue. */
  void show(String queue, QueueLink link, QueueProgress progress) {
    MetricGroup ofQueue = group.addGroup("queue", queue);
    ofQueue.gauge("unacknowledged", link::unacknowledged);
    ofQueue.gauge("prefetchFullMs", link::prefetchFullMs);
    ofQueue.gauge("rememberedIds", progress::rememberedIds);
    ofQueue.gauge("expectedIdsForgotten", progress::forgotten);
  }

  /** Fetcher thread. */
  void arrived(RabbitMqMessage message) {
    bytes.inc(message.body().length);
    if (message.redelivered()) {
      redelivered.inc();
    }
    if (message.messageId() == null) {
      withoutId.inc();
    }
  }

  /** Fetcher thread. */
  void reconnected() {
    reconnects.inc();
  }

  /** Task thread. */
  void dropped() {
    duplicates.inc();
  }

  /** Task thread: delivered behind the end of a bounded read, and not taken. */
  void left() {
    lateInBoundedRead.inc();
  }
}
