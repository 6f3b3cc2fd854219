package io.onceflow.common.source.rabbitmq;

import java.io.IOException;

/** Somebody else consumes the queue. An older attempt of the job goes away by itself. */
final class BusyQueueException extends IOException {

  private static final long serialVersionUID = 1L;

  BusyQueueException(String queue, int others) {
    super("queue '%s' has %d other consumers".formatted(queue, others));
  }
}
