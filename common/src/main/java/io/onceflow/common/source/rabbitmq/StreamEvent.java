package io.onceflow.common.source.rabbitmq;

/** What travels from the thread that reads streams to the task. */
sealed interface StreamEvent {

  /** A message; its offset is in it. */
  record Arrived(RabbitMqMessage message) implements StreamEvent {}

  /**
   * Where the read begins and ends was found out, before any message.
   *
   * @param next the first offset to read, or {@link StreamSplit#UNKNOWN}
   * @param stop the offset to stop at, or {@link StreamSplit#UNBOUNDED}
   */
  record Located(long next, long stop) implements StreamEvent {}
}
