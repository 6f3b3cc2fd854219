package io.onceflow.common.retry.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.util.TimeUtils;

/** A JSON object whose fields are asked for one by one; one that nobody asks for is a mistake. */
final class JsonGroup {

  private final String name;
  private final JsonNode node;
  private final Set<String> asked = new HashSet<>();
  private final List<JsonGroup> groups = new ArrayList<>();

  /**
   * @param node an object, or null when there is none: then everything has its default
   * @throws IllegalArgumentException when it is something else
   */
  JsonGroup(String name, JsonNode node) {
    if (node != null && !node.isObject()) {
      throw new IllegalArgumentException("%s is not an object.".formatted(name));
    }
    this.name = name;
    this.node = node;
  }

  private JsonNode field(String field) {
    asked.add(field);
    return node == null ? null : node.get(field);
  }

  boolean has(String field) {
    return node != null && node.has(field);
  }

  JsonGroup group(String field) {
    JsonGroup group = new JsonGroup(name + "." + field, field(field));
    groups.add(group);
    return group;
  }

  String text(String field, String orElse) {
    JsonNode value = field(field);
    if (value == null) {
      return orElse;
    }
    require(value.isTextual() && !value.textValue().isEmpty(), field, "a text");
    return value.textValue();
  }

  int integer(String field, int orElse) {
    JsonNode value = field(field);
    require(value == null || value.isInt(), field, "a whole number");
    return value == null ? orElse : value.intValue();
  }

  long number(String field, long orElse) {
    JsonNode value = field(field);
    require(
        value == null || value.isIntegralNumber() && value.canConvertToLong(),
        field,
        "a whole number");
    return value == null ? orElse : value.longValue();
  }

  double fraction(String field, double orElse) {
    JsonNode value = field(field);
    require(value == null || value.isNumber(), field, "a number");
    return value == null ? orElse : value.doubleValue();
  }

  /** With a unit, as in the configuration: a bare number would be a guess. */
  Duration duration(String field, Duration orElse) {
    String text = text(field, null);
    if (text == null) {
      return orElse;
    }
    require(!text.chars().allMatch(Character::isDigit), field, "a duration with a unit");
    try {
      return TimeUtils.parseDuration(text);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new IllegalArgumentException(
          "%s.%s needs a duration such as 30s.".formatted(name, field), e);
    }
  }

  List<Integer> integers(String field, List<Integer> orElse) {
    JsonNode values = field(field);
    if (values == null) {
      return orElse;
    }
    require(values.isArray(), field, "a list of whole numbers");
    List<Integer> list = new ArrayList<>();
    for (JsonNode value : values) {
      require(value.isInt(), field, "a list of whole numbers");
      list.add(value.intValue());
    }
    return list;
  }

  <E extends Enum<E>> E oneOf(String field, Class<E> type, E orElse) {
    String text = text(field, null);
    if (text == null) {
      return orElse;
    }
    for (E constant : type.getEnumConstants()) {
      if (constant.name().toLowerCase(Locale.ROOT).replace('_', '-').equals(text)) {
        return constant;
      }
    }
    throw new IllegalArgumentException(
        "%s.%s cannot be %s."
            .formatted(name, field, text.substring(0, Math.min(40, text.length()))));
  }

  private void require(boolean condition, String field, String what) {
    if (!condition) {
      throw new IllegalArgumentException("%s.%s needs %s.".formatted(name, field, what));
    }
  }

  /**
   * @throws IllegalArgumentException when there is a field that nobody has asked for
   */
  void nothingElse() {
    Iterator<String> names = node == null ? List.<String>of().iterator() : node.fieldNames();
    while (names.hasNext()) {
      String field = names.next();
      if (!asked.contains(field)) {
        throw new IllegalArgumentException(
            "%s has no field %s; there are %s."
                .formatted(name, field, new java.util.TreeSet<>(asked)));
      }
    }
    groups.forEach(JsonGroup::nothingElse);
  }
}
