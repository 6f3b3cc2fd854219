package io.onceflow.common.sink.rabbitmq;

import java.io.Serializable;

/**
 * Turns a value into one message, on the writer's thread. Deterministic: the same value gives the
 * same message.
 *
 * @param <T> the sink's input
 */
@FunctionalInterface
public interface RabbitMqMapper<T> extends Serializable {

  /** The message of a value. */
  RabbitMqOutput outputOf(T value);
}
