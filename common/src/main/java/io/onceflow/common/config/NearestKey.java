package io.onceflow.common.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds the key somebody probably meant. */
final class NearestKey {

  private NearestKey() {}

  static Optional<String> of(String typed, Collection<String> known) {
    int limit = Math.max(2, typed.length() / 4);
    Optional<String> nearest =
        known.stream()
            .min(
                Comparator.comparingInt((String key) -> distance(typed, key))
                    .thenComparing(Comparator.naturalOrder()))
            .filter(key -> distance(typed, key) <= limit);
    return nearest.isPresent() ? nearest : inAnotherGroup(typed, known);
  }

  private static Optional<String> inAnotherGroup(String typed, Collection<String> known) {
    String last = typed.substring(typed.lastIndexOf('.') + 1);
    return known.stream()
        .filter(key -> key.equals(last) || key.endsWith("." + last))
        .sorted()
        .findFirst();
  }

  /** Levenshtein's distance, in two rows. */
  static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    int[] current = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(replaced, Math.min(previous[j], current[j - 1]) + 1);
      }
      int[] swap = previous;
      previous = current;
      current = swap;
    }
    return previous[b.length()];
  }
}
