package io.onceflow.tool;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Times as people read them. */
final class Times {

  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss'Z'").withZone(ZoneOffset.UTC);

  private Times() {}

  /** To the second, in UTC; a dash for none. */
  static String at(Instant time) {
    return time == null ? "-" : SECONDS.format(time);
  }

  /** The two largest units, such as {@code 3 h 12 min}. */
  static String age(Duration age) {
    if (age == null) {
      return "-";
    }
    var seconds = Math.max(0, age.toSeconds());
    if (seconds < 60) {
      return seconds + " s";
    }
    if (seconds < 3_600) {
      return "%d min %d s".formatted(seconds / 60, seconds % 60);
    }
    return seconds < 86_400
        ? "%d h %d min".formatted(seconds / 3_600, seconds % 3_600 / 60)
        : "%d d %d h".formatted(seconds / 86_400, seconds % 86_400 / 3_600);
  }

  static Duration between(Instant from, Instant to) {
    return from == null ? null : Duration.between(from, to);
  }
}
