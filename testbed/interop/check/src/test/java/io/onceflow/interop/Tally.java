package io.onceflow.interop;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** How often each line is there. Not thread-safe. */
final class Tally {
  private final Map<String, Integer> counts = new HashMap<>();

  Tally(Collection<String> lines) {
    lines.forEach(line -> counts.merge(line, 1, Integer::sum));
  }

  /** Takes one of the line away; false when there is none left. */
  boolean take(String line) {
    int count = counts.getOrDefault(line, 0);
    counts.put(line, count - 1);
    return count > 0;
  }
}
