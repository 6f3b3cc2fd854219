package io.onceflow.common.retry;

import java.time.Duration;
import java.util.Comparator;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;

/**
 * Keeps the watermark behind the oldest unfinished message, so that its result is not late, for a
 * limited time after the message came. A message that was late when it came holds nothing. Nothing
 * of it is in state: after a restore the watermarks begin anew, and the time of a message goes on.
 * Task thread only.
 */
final class WatermarkHold {

  private final long holdMs;
  private final Downstream marks;
  private final Consumer<WatermarkStatus> status;
  private final TreeSet<Entry> byEventTime = by(entry -> entry.eventTimeMs);
  private final TreeSet<Entry> byArrival = by(entry -> entry.arrivedMs);
  private long input = Long.MIN_VALUE;
  private long emitted = Long.MIN_VALUE;
  private boolean idle;
  private boolean saidIdle;

  /** Where watermarks go. */
  interface Downstream {
    void emit(Watermark mark) throws Exception;
  }

  /**
   * @param hold for how long a message holds the watermark; 0 for not at all
   */
  WatermarkHold(Duration hold, Downstream marks, Consumer<WatermarkStatus> status) {
    this.holdMs = hold.toMillis();
    this.marks = marks;
    this.status = status;
  }

  private static TreeSet<Entry> by(ToLongFunction<Entry> time) {
    return new TreeSet<>(
        Comparator.comparingLong(time).thenComparingLong((Entry entry) -> entry.number));
  }

  void add(Entry entry) {
    entry.onTime = entry.eventTimeMs > emitted;
    if (holdMs > 0 && entry.onTime) {
      byEventTime.add(entry);
      byArrival.add(entry);
    }
  }

  void remove(Entry entry) {
    byEventTime.remove(entry);
    byArrival.remove(entry);
  }

  /** Whether a result of it is late now and would not have been when the message came. */
  boolean hasMadeLate(Entry entry) {
    return entry.onTime && entry.eventTimeMs <= emitted;
  }

  void onWatermark(long timestampMs) {
    input = Math.max(input, timestampMs);
  }

  void onStatus(boolean isIdle) {
    idle = isIdle;
  }

  /** Lets messages go that have held it for long enough, and emits what can be emitted. */
  void proceed(long nowMs) throws Exception {
    while (!byArrival.isEmpty() && byArrival.first().arrivedMs + holdMs <= nowMs) {
      remove(byArrival.first());
    }
    long limit = byEventTime.isEmpty() ? Long.MAX_VALUE : byEventTime.first().eventTimeMs - 1;
    long next = Math.min(input, limit);
    boolean idleNow = idle && byEventTime.isEmpty();
    if (saidIdle && !idleNow) {
      saidIdle = false;
      status.accept(WatermarkStatus.ACTIVE);
    }
    if (next > emitted) {
      emitted = next;
      marks.emit(new Watermark(next));
    }
    // An idle input would let the watermark downstream go on without this one.
    if (idleNow && !saidIdle) {
      saidIdle = true;
      status.accept(WatermarkStatus.IDLE);
    }
  }

  /** When time alone changes something; the end of time for never. */
  long wakeUpMs() {
    return byArrival.isEmpty() ? Long.MAX_VALUE : byArrival.first().arrivedMs + holdMs;
  }
}
