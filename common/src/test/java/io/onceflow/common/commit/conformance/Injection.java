package io.onceflow.common.commit.conformance;

import io.onceflow.common.commit.CrashPoints;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Something that happens once, when a crash point is reached for the given time. */
final class Injection {

  private final CountDownLatch reached = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);

  /** What a crash point throws. */
  static final class Crash extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Crash(String point) {
      super("The process ends here, at %s, on purpose.".formatted(point));
    }
  }

  private Injection() {}

  /** Throws at the hit, 1 for the first. */
  static Injection crash(String point, int hit) {
    return run(
        point,
        hit,
        () -> {
          throw new Crash(point);
        });
  }

  /** Runs code at the hit, 1 for the first. */
  static Injection run(String point, int hit, Runnable code) {
    var injection = new Injection();
    var hits = new AtomicInteger();
    CrashPoints.arm(
        point,
        () -> {
          if (hits.incrementAndGet() == hit) {
            injection.reached.countDown();
            code.run();
          }
        });
    return injection;
  }

  /** Stops the thread that comes first until {@link #release()}. */
  static Injection pause(String point) {
    var injection = new Injection();
    CrashPoints.arm(point, injection::stopTheFirst);
    return injection;
  }

  /** Stops the thread that calls this first until {@link #release()}. */
  void stopTheFirst() {
    if (reached.getCount() == 0) {
      return;
    }
    reached.countDown();
    try {
      goOn.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static Injection pause() {
    return new Injection();
  }

  boolean isReached() {
    return reached.getCount() == 0;
  }

  boolean awaitReached(long ms) throws InterruptedException {
    return reached.await(ms, TimeUnit.MILLISECONDS);
  }

  void release() {
    goOn.countDown();
  }
}
