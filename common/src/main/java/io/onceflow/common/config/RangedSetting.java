package io.onceflow.common.config;

/**
 * A setting whose values have an order.
 *
 * @param <T> the type of the value
 */
public final class RangedSetting<T extends Comparable<T>> extends Setting<T> {

  RangedSetting(ConfigReader.State state, ValueType<T> type, String key, String description) {
    super(state, type, key, description);
  }

  /** Allows values from {@code min} to {@code max}, both included. */
  public RangedSetting<T> between(T min, T max) {
    placeholder(min);
    matching(
        value -> value.compareTo(min) >= 0 && value.compareTo(max) <= 0,
        "between " + print(min) + " and " + print(max));
    return this;
  }
}
