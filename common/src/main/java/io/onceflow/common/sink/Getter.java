package io.onceflow.common.sink;

import java.io.Serializable;

/**
 * Takes one column's value from a sink's value; null becomes SQL NULL. Must be a pure function.
 *
 * @param <T> the sink's value
 * @param <V> the column's value
 */
@FunctionalInterface
public interface Getter<T, V> extends Serializable {

  /** The column's value. */
  V get(T value);
}
