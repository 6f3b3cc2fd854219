package io.onceflow.common.source.rabbitmq;

/** What travels from the thread that reads queues to the task. */
sealed interface QueueEvent {

  /**
   * A message was delivered.
   *
   * @param tag by which it is acknowledged
   * @param id by which it is told from others, or null when it has none and need not
   * @param message the message
   */
  record Delivery(DeliveryTag tag, MessageHash id, RabbitMqMessage message) implements QueueEvent {}

  /**
   * A bounded read has begun.
   *
   * @param messages how many were in the queue
   */
  record Counted(long messages) implements QueueEvent {}

  /**
   * The server's number of a delivery, which means nothing on another connection.
   *
   * @param connection counts the connections of a queue in one reader, from 1
   * @param number counts the deliveries of a connection, from 1
   */
  record DeliveryTag(long connection, long number) {}
}
