package io.onceflow.common.commit;

import io.onceflow.common.config.OneLine;
import java.io.Serializable;
import java.util.regex.Pattern;

/**
 * The user's stable name of a sink. It is the key under which the store keeps the sink's history,
 * so it outlives jobs, job ids and operator uids, and is used by one job at a time.
 *
 * @param value {@code [a-z0-9][a-z0-9-]{0,39}}
 */
public record SinkId(String value) implements Serializable {

  private static final Pattern FORM = Pattern.compile("[a-z0-9][a-z0-9-]{0,39}");

  /**
   * @throws IllegalArgumentException when the value has another form
   */
  public SinkId {
    if (value == null || !isValid(value)) {
      throw new IllegalArgumentException(
          "Sink id '%s' must match %s: lower-case letters, digits and dashes, 40 at most."
              .formatted(OneLine.of(value), FORM));
    }
  }

  /** Whether a sink may be called so. */
  public static boolean isValid(String value) {
    return FORM.matcher(value).matches();
  }

  @Override
  public String toString() {
    return value;
  }
}
