package io.onceflow.common.retry;

import io.onceflow.producer.wire.SequenceRange;
import java.util.ArrayList;
import java.util.List;

/**
 * Sequence numbers as ranges, ascending, with a gap between any two. Immutable. It holds {@value
 * #MAX_RANGES} ranges; beyond that it forgets the highest, which then look as if they were missing
 * until they are added again.
 */
record SequenceSet(List<SequenceRange> ranges) {

  /** Ranges at most. */
  static final int MAX_RANGES = 4096;

  static final SequenceSet EMPTY = new SequenceSet(List.of());

  SequenceSet {
    ranges = List.copyOf(ranges);
    for (int i = 1; i < ranges.size(); i++) {
      if (ranges.get(i).first() <= ranges.get(i - 1).last() + 1) {
        throw new IllegalArgumentException(
            "%s and %s overlap, touch or are out of order."
                .formatted(ranges.get(i - 1), ranges.get(i)));
      }
    }
  }

  /** The last of 1, 2, 3 and so on without a gap; 0 when 1 is missing. */
  long contiguous() {
    return !ranges.isEmpty() && ranges.get(0).first() == 1 ? ranges.get(0).last() : 0;
  }

  /** Where the first range begins that ends at the number or after it. */
  private int indexOf(long number) {
    int low = 0;
    int high = ranges.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ranges.get(middle).last() < number) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  boolean contains(long number) {
    int at = indexOf(number);
    return at < ranges.size() && ranges.get(at).first() <= number;
  }

  SequenceSet with(long number) {
    if (contains(number)) {
      return this;
    }
    int at = indexOf(number);
    long first = number;
    long last = number;
    List<SequenceRange> changed = new ArrayList<>(ranges);
    if (at < changed.size() && changed.get(at).first() == number + 1) {
      last = changed.remove(at).last();
    }
    if (at > 0 && changed.get(at - 1).last() == number - 1) {
      at--;
      first = changed.remove(at).first();
    }
    changed.add(at, new SequenceRange(first, last));
    return new SequenceSet(changed.subList(0, Math.min(changed.size(), MAX_RANGES)));
  }

  SequenceSet without(long number) {
    if (!contains(number)) {
      return this;
    }
    int at = indexOf(number);
    List<SequenceRange> changed = new ArrayList<>(ranges);
    SequenceRange range = changed.remove(at);
    if (range.last() > number) {
      changed.add(at, new SequenceRange(number + 1, range.last()));
    }
    if (range.first() < number) {
      changed.add(at, new SequenceRange(range.first(), number - 1));
    }
    return new SequenceSet(changed.subList(0, Math.min(changed.size(), MAX_RANGES)));
  }

  /** The ranges of 1 to a number that are neither here nor in another set. */
  List<SequenceRange> missing(SequenceSet other, long upTo) {
    List<SequenceRange> missing = new ArrayList<>();
    int here = 0;
    int there = 0;
    long next = 1;
    while (next <= upTo) {
      while (here < ranges.size() && ranges.get(here).last() < next) {
        here++;
      }
      while (there < other.ranges.size() && other.ranges.get(there).last() < next) {
        there++;
      }
      SequenceRange mine = here < ranges.size() ? ranges.get(here) : null;
      SequenceRange theirs = there < other.ranges.size() ? other.ranges.get(there) : null;
      if (mine != null && mine.first() <= next) {
        next = mine.last() + 1;
      } else if (theirs != null && theirs.first() <= next) {
        next = theirs.last() + 1;
      } else {
        long until = upTo;
        until = mine == null ? until : Math.min(until, mine.first() - 1);
        until = theirs == null ? until : Math.min(until, theirs.first() - 1);
        missing.add(new SequenceRange(next, until));
        next = until + 1;
      }
    }
    return missing;
  }
}
