package io.onceflow.common.retry;

import io.onceflow.producer.wire.SequenceRange;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.TimeDomain;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Tells each producer what is final and what is missing: keyed by {@link
 * Acknowledgement#producer()}, behind a {@link RetryOperator}.
 *
 * <p>A number is missing when a later one was seen at least {@code missingAfter} ago and this one
 * neither waits nor is final. A first attempt that is under way has not been heard of here: choose
 * a time above the attempt timeout, or producers send again what is only slow; that costs a
 * duplicate, which has no effect. Missing numbers are named again after every such time.
 */
public final class AckTracker
    extends KeyedProcessFunction<String, Acknowledgement, ProducerAcknowledgement> {

  private static final long serialVersionUID = 1L;

  private final long everyMs;
  private final long missingAfterMs;
  private transient ValueState<ProducerProgress> progress;

  /**
   * @param every how often a producer hears of news at most
   * @param missingAfter after which a number that was skipped is missing
   * @throws IllegalArgumentException unless 1 ms <= every <= missing after
   */
  public AckTracker(Duration every, Duration missingAfter) {
    if (every.toMillis() < 1 || missingAfter.compareTo(every) < 0) {
      throw new IllegalArgumentException(
          "Acknowledgements need 1 ms <= every <= missing after, got %s and %s."
              .formatted(every, missingAfter));
    }
    this.everyMs = every.toMillis();
    this.missingAfterMs = missingAfter.toMillis();
  }

  @Override
  public void open(OpenContext context) {
    progress =
        getRuntimeContext().getState(new ValueStateDescriptor<>("progress", RetryTypes.PROGRESS));
  }

  @Override
  public void processElement(
      Acknowledgement acknowledgement, Context context, Collector<ProducerAcknowledgement> out)
      throws Exception {
    long now = context.timerService().currentProcessingTime();
    ProducerProgress before = progress.value();
    if (before == null) {
      before = ProducerProgress.startedAt(now);
    } else if (before.isComplete()) {
      // Its clock stood still; the time that it was quiet is not the age of a gap.
      before = before.markedAt(now);
    }
    progress.update(before.after(acknowledgement));
    context.timerService().registerProcessingTimeTimer(now - now % everyMs + everyMs);
    // At the end of all input no clock fires any more.
    context.timerService().registerEventTimeTimer(Long.MAX_VALUE);
  }

  @Override
  public void onTimer(long time, OnTimerContext context, Collector<ProducerAcknowledgement> out)
      throws Exception {
    ProducerProgress current = progress.value();
    if (context.timeDomain() == TimeDomain.EVENT_TIME) {
      if (current.unsent()) {
        long now = context.timerService().currentProcessingTime();
        out.collect(report(context.getCurrentKey(), current, List.of(), now));
        progress.update(current.sent());
      }
      return;
    }
    boolean due = time >= current.markedMs() + missingAfterMs;
    List<SequenceRange> missing = due ? current.missing() : List.of();
    if (current.unsent() || !missing.isEmpty()) {
      out.collect(report(context.getCurrentKey(), current, missing, time));
    }
    ProducerProgress next = due ? current.sent().markedAt(time) : current.sent();
    progress.update(next);
    if (!next.isComplete()) {
      context.timerService().registerProcessingTimeTimer(next.markedMs() + missingAfterMs);
    }
  }

  private static ProducerAcknowledgement report(
      String producer, ProducerProgress progress, List<SequenceRange> missing, long time) {
    long upTo = progress.finals().contiguous();
    List<SequenceRange> ranges = progress.finals().ranges();
    return new ProducerAcknowledgement(
        producer,
        progress.replyTo(),
        upTo,
        upTo == 0 ? ranges : ranges.subList(1, ranges.size()),
        missing,
        time);
  }
}
