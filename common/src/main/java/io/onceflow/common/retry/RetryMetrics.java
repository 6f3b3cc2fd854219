package io.onceflow.common.retry;

import io.onceflow.common.retry.Acknowledgement.Status;
import java.util.EnumMap;
import java.util.Map;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/**
 * What a {@link RetryOperator} does: {@code numRecordsIn} of messages = {@code applied + rejected +
 * deadLettered + duplicates + unfinished}, the last one counted across restarts. Written on the
 * task thread, read by reporters.
 */
final class RetryMetrics {

  final Counter attempts;
  final Counter retries;
  final Counter timeouts;
  final Counter duplicates;
  final Counter blockedInput;
  final Counter lateResults;
  private final Map<Status, Counter> byStatus = new EnumMap<>(Status.class);
  private volatile int unfinished;
  private volatile int running;
  private volatile int blocked;
  private volatile long bytes;
  private volatile int openBreakers;
  private volatile long oldestArrivalMs = Long.MAX_VALUE;

  RetryMetrics(MetricGroup group) {
    attempts = group.counter("attempts");
    retries = group.counter("retries");
    timeouts = group.counter("attemptTimeouts");
    duplicates = group.counter("duplicates");
    blockedInput = group.counter("inputBlocked");
    lateResults = group.counter("lateResults");
    byStatus.put(Status.APPLIED, group.counter("applied"));
    byStatus.put(Status.REJECTED, group.counter("rejected"));
    byStatus.put(Status.DEAD_LETTERED, group.counter("deadLettered"));
    byStatus.put(Status.WAITING, group.counter("waitingAcknowledgements"));
    group.gauge("unfinished", (Gauge<Integer>) () -> unfinished);
    group.gauge("attemptsUnderWay", (Gauge<Integer>) () -> running);
    group.gauge("blockedFollowers", (Gauge<Integer>) () -> blocked);
    group.gauge("unfinishedBytes", (Gauge<Long>) () -> bytes);
    group.gauge("openBreakers", (Gauge<Integer>) () -> openBreakers);
    group.gauge("oldestUnfinishedMs", (Gauge<Long>) this::oldestMs);
  }

  private long oldestMs() {
    long arrival = oldestArrivalMs;
    return arrival == Long.MAX_VALUE ? 0 : Math.max(0, System.currentTimeMillis() - arrival);
  }

  void acknowledged(Status status) {
    byStatus.get(status).inc();
  }

  void update(RetryScheduler scheduler) {
    unfinished = scheduler.unfinished();
    running = scheduler.running();
    blocked = scheduler.blocked();
    bytes = scheduler.bytes();
    openBreakers = scheduler.dependencies().openBreakers();
    oldestArrivalMs = scheduler.oldestArrivalMs();
  }
}
