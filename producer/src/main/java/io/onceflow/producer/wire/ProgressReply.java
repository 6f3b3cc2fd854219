package io.onceflow.producer.wire;

import java.util.List;
import java.util.Objects;

/**
 * Cumulative and selective acknowledgement: the producer forgets what is final, sends again what is
 * missing, and keeps the rest. Each one replaces all before it.
 *
 * @param producer whose messages these are
 * @param upTo all numbers from 1 to this one are final; 0 for none
 * @param selective further final numbers, ascending
 * @param missing what to send again, ascending
 * @param atMs when it was made, in milliseconds since 1970
 */
public record ProgressReply(
    String producer,
    long upTo,
    List<SequenceRange> selective,
    List<SequenceRange> missing,
    long atMs)
    implements Reply {

  /** Copies the lists. */
  public ProgressReply {
    Objects.requireNonNull(producer, "producer");
    selective = List.copyOf(selective);
    missing = List.copyOf(missing);
  }

  /** Whether a number is final. */
  public boolean isFinal(long sequence) {
    return sequence <= upTo || contains(selective, sequence);
  }

  /** Whether a number should be sent again. */
  public boolean isMissing(long sequence) {
    return contains(missing, sequence);
  }

  private static boolean contains(List<SequenceRange> ranges, long sequence) {
    int low = 0;
    int high = ranges.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ranges.get(middle).last() < sequence) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low < ranges.size() && ranges.get(low).first() <= sequence;
  }
}
