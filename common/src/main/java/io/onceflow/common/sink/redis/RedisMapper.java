package io.onceflow.common.sink.redis;

import java.io.Serializable;

/**
 * Turns a value into one operation, on the writer's thread. Deterministic: the same value gives the
 * same operation. A value that needs several is split before the sink, by a flatMap.
 *
 * @param <T> the sink's input
 */
@FunctionalInterface
public interface RedisMapper<T> extends Serializable {

  /** The operation of a value; its key begins with the configured prefix. */
  RedisOperation operationOf(T value);
}
