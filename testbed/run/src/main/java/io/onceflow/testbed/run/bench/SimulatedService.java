package io.onceflow.testbed.run.bench;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The other side of the calls, the same for both contenders: it answers after a while, refuses the
 * first attempt of what shall fail, and notes what came when. Thread-safe; works in this JVM only.
 */
final class SimulatedService implements AutoCloseable {

  private static final Map<String, SimulatedService> BY_NAME = new ConcurrentHashMap<>();

  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final String name;
  private final RetryLoad load;
  private final AtomicIntegerArray attempts;
  private final AtomicLongArray doneNs;
  private final AtomicIntegerArray lastOfKey;
  private final AtomicLong calls = new AtomicLong();
  private final AtomicLong repeated = new AtomicLong();
  private final AtomicLong outOfOrder = new AtomicLong();
  private final AtomicLong firstCallNs = new AtomicLong(Long.MAX_VALUE);
  private final CountDownLatch unfinished;
  private final CountDownLatch first = new CountDownLatch(1);

  private SimulatedService(String name, RetryLoad load) {
    this.name = name;
    this.load = load;
    attempts = new AtomicIntegerArray(load.records());
    doneNs = new AtomicLongArray(load.records());
    lastOfKey = new AtomicIntegerArray(load.keys());
    unfinished = new CountDownLatch(load.records());
  }

  /** A service that is found under its name until it is closed. */
  static SimulatedService open(String name, RetryLoad load) {
    var service = new SimulatedService(name, load);
    BY_NAME.put(name, service);
    return service;
  }

  static SimulatedService named(String name) {
    return BY_NAME.get(name);
  }

  /** Starts a call; true when it took effect, false when it is to be repeated. */
  CompletableFuture<Boolean> call(int number) {
    firstCallNs.accumulateAndGet(System.nanoTime(), Math::min);
    calls.incrementAndGet();
    var answer = new CompletableFuture<Boolean>();
    clock.schedule(
        () -> answer.complete(isDone(number)), load.latency().toNanos(), TimeUnit.NANOSECONDS);
    return answer;
  }

  private boolean isDone(int number) {
    if (attempts.getAndIncrement(number) == 0 && load.failsFirst(number)) {
      return false;
    }
    if (!doneNs.compareAndSet(number, 0, System.nanoTime())) {
      repeated.incrementAndGet();
      return true;
    }
    // Kept one higher, for 0 is nothing yet.
    if (lastOfKey.getAndSet(load.key(number), number + 1) > number) {
      outOfOrder.incrementAndGet();
    }
    first.countDown();
    unfinished.countDown();
    return true;
  }

  /** Waits until all records have taken effect; false when the time is over before. */
  boolean awaitAll(long timeoutSeconds) throws InterruptedException {
    return unfinished.await(timeoutSeconds, TimeUnit.SECONDS);
  }

  /** Waits until the first record has taken effect. */
  boolean awaitFirst(long timeoutSeconds) throws InterruptedException {
    return first.await(timeoutSeconds, TimeUnit.SECONDS);
  }

  long calls() {
    return calls.get();
  }

  /** Records that have taken effect. */
  long done() {
    return load.records() - unfinished.getCount();
  }

  /** Effects beyond the first one of a record. */
  long repeated() {
    return repeated.get();
  }

  /** Records that took effect after a later one of their key. */
  long outOfOrder() {
    return outOfOrder.get();
  }

  /** When the record took effect, on {@link System#nanoTime()}'s clock. */
  long doneNs(int number) {
    return doneNs.get(number);
  }

  /** Done records per second, from the first call to the last effect. */
  double rate() {
    var lastNs = Long.MIN_VALUE;
    for (var number = 0; number < load.records(); number++) {
      if (doneNs.get(number) != 0) {
        lastNs = Math.max(lastNs, doneNs.get(number));
      }
    }
    return done() * 1e9 / (lastNs - firstCallNs.get());
  }

  @Override
  public void close() {
    BY_NAME.remove(name);
    clock.shutdownNow();
  }
}
