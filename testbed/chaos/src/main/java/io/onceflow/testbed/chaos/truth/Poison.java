package io.onceflow.testbed.chaos.truth;

import io.onceflow.testbed.chaos.job.Transfer;
import java.util.regex.Pattern;

/** Records that no decoder may take; each carries an id by which it is found again. */
public final class Poison {

  private static final Pattern ID = Pattern.compile("poison-[a-z0-9-]+");

  private Poison() {}

  /** The value of a poisonous record; the form changes with the number. */
  static String value(String id, int number) {
    return switch (number % 4) {
      case 0 -> "not json at all: " + id;
      case 1 -> "{\"run\":\"%s\",\"key\":1}".formatted(id);
      case 2 -> "[".repeat(2_000) + id;
      default -> Transfer.of(id, 1, 1, 0, 1, 5).json().replace("\"amount\":5", "\"amount\":6");
    };
  }

  /** The id in a value, or the value when there is none. */
  public static String idIn(String value) {
    var found = ID.matcher(value);
    return found.find() ? found.group() : value;
  }
}
