package io.onceflow.common.retry;

import io.onceflow.producer.wire.SequenceRange;
import java.util.List;

/**
 * What is known of the messages of a producer. Immutable.
 *
 * @param replyTo of its last message
 * @param finals the final ones
 * @param waiting those that are here and not final
 * @param highest the highest number seen
 * @param marked the highest number seen at the time of the mark: what is missing below it, is
 *     missing since then at least
 * @param markedMs the time of the mark
 * @param unsent whether anything has become final since the last report
 */
record ProducerProgress(
    String replyTo,
    SequenceSet finals,
    SequenceSet waiting,
    long highest,
    long marked,
    long markedMs,
    boolean unsent) {

  static ProducerProgress startedAt(long nowMs) {
    return new ProducerProgress("", SequenceSet.EMPTY, SequenceSet.EMPTY, 0, 0, nowMs, false);
  }

  ProducerProgress after(Acknowledgement acknowledgement) {
    long number = acknowledgement.sequence();
    boolean news = acknowledgement.isFinal();
    // After a final acknowledgement no other one counts; they may come in any order.
    boolean waits = !news && !finals.contains(number);
    return new ProducerProgress(
        acknowledgement.replyTo(),
        news ? finals.with(number) : finals,
        waits ? waiting.with(number) : waiting.without(number),
        Math.max(highest, number),
        marked,
        markedMs,
        unsent || news);
  }

  /** Whether every number up to the highest one is final. */
  boolean isComplete() {
    return finals.contiguous() == highest;
  }

  /** What is missing since the mark. */
  List<SequenceRange> missing() {
    return finals.missing(waiting, marked);
  }

  ProducerProgress markedAt(long nowMs) {
    return new ProducerProgress(replyTo, finals, waiting, highest, highest, nowMs, unsent);
  }

  ProducerProgress sent() {
    return new ProducerProgress(replyTo, finals, waiting, highest, marked, markedMs, false);
  }
}
