package io.onceflow.interop;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * What a reader has read, against what it should have read; the order does not matter, the number
 * of times does.
 *
 * @param missing what was not read, or not as often as expected
 * @param surplus what was read and not expected, or more often than expected
 */
record ReadOnce(List<String> missing, List<String> surplus) {

  static ReadOnce compare(Collection<String> expected, Collection<String> read) {
    return new ReadOnce(without(expected, read), without(read, expected));
  }

  private static List<String> without(Collection<String> from, Collection<String> taken) {
    var left = new ArrayList<String>();
    var rest = new Tally(taken);
    for (var line : from) {
      if (!rest.take(line)) {
        left.add(line);
      }
    }
    return List.copyOf(left);
  }

  boolean isExact() {
    return missing.isEmpty() && surplus.isEmpty();
  }
}
