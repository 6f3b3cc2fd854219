package io.onceflow.common.retry;

import io.onceflow.producer.wire.SequenceRange;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * Cumulative and selective acknowledgement for a producer: it forgets what is final, sends again
 * what is missing, and keeps the rest. Each one replaces all before it.
 *
 * @param producer whose messages these are
 * @param replyTo where it wants this
 * @param upTo all numbers from 1 to this one are final; 0 for none
 * @param selective further final numbers, ascending; the first {@value #MAX_RANGES} ranges of them
 * @param missing what to send again: numbers that have not been seen for longer than the limit
 *     although later ones have, ascending; the first {@value #MAX_RANGES} ranges
 * @param atMs when it was made, in milliseconds since the epoch
 */
@TypeInfo(RetryTypes.ProducerAcknowledgementFactory.class)
public record ProducerAcknowledgement(
    String producer,
    String replyTo,
    long upTo,
    List<SequenceRange> selective,
    List<SequenceRange> missing,
    long atMs) {

  /** Ranges at most, of each kind; the others follow when these are gone. */
  public static final int MAX_RANGES = 1000;

  /** Cuts what is too long. */
  public ProducerAcknowledgement {
    selective = cut(selective);
    missing = cut(missing);
  }

  private static List<SequenceRange> cut(List<SequenceRange> ranges) {
    return List.copyOf(ranges.subList(0, Math.min(ranges.size(), MAX_RANGES)));
  }
}
