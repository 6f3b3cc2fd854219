package io.onceflow.common.config;

import java.util.Optional;
import java.util.function.Predicate;

/**
 * One key that is being read. It ends with {@link #required}, {@link #orElse} or {@link #optional};
 * after a mistake these return a placeholder, and {@link ConfigReader#read} refuses the
 * configuration at the end.
 *
 * @param <T> the type of the value
 */
public class Setting<T> {

  private final ConfigReader.State state;
  private final ValueType<T> type;
  private final String key;
  private final String description;
  private Predicate<T> allowedValues = value -> true;
  private String allowed;
  private T placeholder;

  Setting(ConfigReader.State state, ValueType<T> type, String key, String description) {
    this.state = state;
    this.type = type;
    this.key = key;
    this.description = description;
    this.allowed = "";
    this.placeholder = type.placeholder();
  }

  /**
   * Narrows what is allowed.
   *
   * @param allowed in words that complete "must be ..": {@code a port between 1 and 65535}
   */
  public Setting<T> matching(Predicate<T> predicate, String allowed) {
    this.allowedValues = allowedValues.and(predicate);
    this.allowed = this.allowed.isEmpty() ? allowed : this.allowed + ", " + allowed;
    return this;
  }

  /** The value; a missing key is a mistake. */
  public T required() {
    Optional<T> value = read(OptionReference.REQUIRED);
    if (value.isEmpty()) {
      state.missing(key, "is required: " + expected());
    }
    return value.orElse(placeholder);
  }

  /** The value, or the default when the key is absent. */
  public T orElse(T defaultValue) {
    if (!allowedValues.test(defaultValue)) {
      throw new IllegalStateException(
          "The default of " + key + " is not an allowed value; correct it in the code.");
    }
    return read(type.print().apply(defaultValue)).orElse(defaultValue);
  }

  /** The value, or empty when the key is absent. */
  public Optional<T> optional() {
    return read(OptionReference.OPTIONAL);
  }

  void placeholder(T value) {
    this.placeholder = value;
  }

  final String print(T value) {
    return type.print().apply(value);
  }

  private Optional<T> read(String defaultText) {
    state.document(new OptionReference(key, type.name(), defaultText, allowed, description));
    return state.value(key).map(raw -> parse(raw));
  }

  private T parse(RawValue raw) {
    try {
      T value = type.parse().apply(state.substituted(raw));
      if (allowedValues.test(value)) {
        return value;
      }
      state.mistake(key, raw, expected());
    } catch (UnresolvedException e) {
      state.mistake(key, raw, e.getMessage());
    } catch (IllegalArgumentException e) {
      state.mistake(key, raw, expected());
    }
    return placeholder;
  }

  private String expected() {
    String example =
        switch (type.name()) {
          case "duration" -> " such as 500ms, 10s or 5min";
          case "size" -> " such as 64kb or 16mb";
          default -> "";
        };
    if (type.name().equals("one of")) {
      return "must be one of " + allowed;
    }
    return "must be of type " + type.name() + example + (allowed.isEmpty() ? "" : ", " + allowed);
  }
}
