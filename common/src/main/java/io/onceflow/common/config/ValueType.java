package io.onceflow.common.config;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.util.TimeUtils;

/**
 * How one type is read and printed.
 *
 * @param name for messages and the reference
 * @param parse from the substituted texts; throws {@link IllegalArgumentException} whose message is
 *     never shown
 * @param print the form a user would write
 * @param placeholder handed to the caller after a mistake; the configuration is refused at the end
 */
record ValueType<T>(
    String name, Function<List<String>, T> parse, Function<T, String> print, T placeholder) {

  static final ValueType<String> STRING =
      scalar("string", text -> required(text), Function.identity(), "unknown");
  static final ValueType<Integer> INTEGER = scalar("integer", Integer::valueOf, String::valueOf, 1);
  static final ValueType<Long> LONG = scalar("integer", Long::valueOf, String::valueOf, 1L);
  static final ValueType<Boolean> BOOLEAN =
      scalar("boolean", ValueType::parseBoolean, String::valueOf, false);
  static final ValueType<Duration> DURATION =
      scalar("duration", ValueType::parseDuration, ValueType::printDuration, Duration.ofSeconds(1));
  static final ValueType<MemorySize> MEMORY_SIZE =
      scalar("size", MemorySize::parse, MemorySize::toString, MemorySize.ofMebiBytes(1));
  static final ValueType<List<String>> LIST =
      new ValueType<>("list", ValueType::parseList, list -> String.join(",", list), List.of());

  static <E extends Enum<E>> ValueType<E> enumeration(Class<E> type) {
    return scalar(
        "one of",
        text -> Enum.valueOf(type, text.toUpperCase(Locale.ROOT).replace('-', '_')),
        ValueType::kebab,
        type.getEnumConstants()[0]);
  }

  static <E extends Enum<E>> String names(Class<E> type) {
    return Arrays.stream(type.getEnumConstants())
        .map(ValueType::kebab)
        .collect(Collectors.joining(", "));
  }

  static String kebab(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static <T> ValueType<T> scalar(
      String name, Function<String, T> parse, Function<T, String> print, T placeholder) {
    return new ValueType<>(name, items -> parse.apply(only(items).strip()), print, placeholder);
  }

  private static String only(List<String> items) {
    if (items.size() != 1) {
      throw new IllegalArgumentException("one value is needed");
    }
    return items.get(0);
  }

  private static String required(String text) {
    if (text.isEmpty()) {
      throw new IllegalArgumentException("the text is empty");
    }
    return text;
  }

  private static Boolean parseBoolean(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException("neither true nor false");
    };
  }

  /** Flink reads a bare number as milliseconds; that is a guess, so a unit is demanded here. */
  private static Duration parseDuration(String text) {
    if (text.chars().allMatch(Character::isDigit)) {
      throw new IllegalArgumentException("the unit is missing");
    }
    return TimeUtils.parseDuration(text);
  }

  private static String printDuration(Duration duration) {
    return TimeUtils.formatWithHighestUnit(duration).replace(" ", "");
  }

  private static List<String> parseList(List<String> items) {
    List<String> list =
        items.stream()
            .flatMap(item -> Arrays.stream(item.split(",")))
            .map(String::strip)
            .filter(item -> !item.isEmpty())
            .toList();
    if (list.isEmpty()) {
      throw new IllegalArgumentException("the list is empty");
    }
    return list;
  }
}
