package io.onceflow.common.source.rabbitmq;

import io.onceflow.common.source.rabbitmq.StreamEvent.Located;

/** A {@link StreamSplit} that changes as messages are emitted. Task thread. */
final class StreamProgress {

  private final String stream;
  private long next;
  private long stop;

  StreamProgress(StreamSplit split) {
    this.stream = split.stream();
    this.next = split.next();
    this.stop = split.stop();
  }

  void located(Located located) {
    next = located.next();
    stop = located.stop();
  }

  void emitted(RabbitMqMessage message) {
    next = message.offset() + 1;
  }

  long next() {
    return next;
  }

  StreamSplit split() {
    return new StreamSplit(stream, next, stop);
  }
}
