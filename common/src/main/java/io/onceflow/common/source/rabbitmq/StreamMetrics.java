package io.onceflow.common.source.rabbitmq;

import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.groups.SourceReaderMetricGroup;

/** What a reader of streams counts; all but the gauges by the fetcher thread. */
final class StreamMetrics {

  private final SourceReaderMetricGroup group;
  private final Counter bytes;
  private final Counter reconnects;
  private final Counter gaps;

  StreamMetrics(SourceReaderMetricGroup group) {
    this.group = group;
    this.bytes = group.getIOMetricGroup().getNumBytesInCounter();
    this.reconnects = group.counter("reconnects");
    this.gaps = group.counter("gaps");
  }

  /** Registers what is shown of one stream. */
  void show(String stream, StreamProgress progress) {
    group.addGroup("stream", stream).gauge("nextOffset", progress::next);
  }

  void arrived(RabbitMqMessage message) {
    bytes.inc(message.body().length);
  }

  void reconnected() {
    reconnects.inc();
  }

  void gap() {
    gaps.inc();
  }
}
