package io.onceflow.producer.wire;

/**
 * Sequence numbers without a gap.
 *
 * @param first of them, 1 or more
 * @param last of them, included
 */
public record SequenceRange(long first, long last) {

  /**
   * @throws IllegalArgumentException unless 1 <= first <= last
   */
  public SequenceRange {
    if (first < 1 || last < first) {
      throw new IllegalArgumentException(
          "A range needs 1 <= first <= last, got %d to %d.".formatted(first, last));
    }
  }
}
