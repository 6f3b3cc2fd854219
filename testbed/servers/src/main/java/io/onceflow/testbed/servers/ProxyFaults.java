package io.onceflow.testbed.servers;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The faults of a proxy that all its connections obey. Thread-safe. */
final class ProxyFaults {
  /** What happens to the bytes of one direction. */
  enum Passage {
    PASS,
    /** Read and dropped. */
    SWALLOW,
    /** Kept until healed, as in a network partition that TCP outlives. */
    HOLD
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<TcpProxy.Direction, Passage> passage = new EnumMap<>(TcpProxy.Direction.class);
  private final Map<TcpProxy.Direction, Duration> delay = new EnumMap<>(TcpProxy.Direction.class);
  private final Map<TcpProxy.Direction, List<ProxyTrigger>> triggers =
      new EnumMap<>(TcpProxy.Direction.class);
  private final Map<TcpProxy.Direction, AtomicLong> pieces =
      new EnumMap<>(TcpProxy.Direction.class);

  ProxyFaults() {
    for (TcpProxy.Direction direction : TcpProxy.Direction.values()) {
      pieces.put(direction, new AtomicLong());
      triggers.put(direction, new CopyOnWriteArrayList<>());
    }
    heal();
  }

  void heal() {
    change(
        () -> {
          for (TcpProxy.Direction direction : TcpProxy.Direction.values()) {
            passage.put(direction, Passage.PASS);
            delay.put(direction, Duration.ZERO);
            triggers.get(direction).forEach(ProxyTrigger::disarm);
            triggers.get(direction).clear();
          }
        });
  }

  void pass(TcpProxy.Direction direction, Passage how) {
    change(() -> passage.put(direction, how));
  }

  void delay(TcpProxy.Direction direction, Duration each) {
    change(() -> delay.put(direction, each));
  }

  void add(TcpProxy.Direction direction, ProxyTrigger trigger) {
    triggers.get(direction).add(trigger);
  }

  List<ProxyTrigger> triggers(TcpProxy.Direction direction) {
    return triggers.get(direction);
  }

  AtomicLong pieces(TcpProxy.Direction direction) {
    return pieces.get(direction);
  }

  /** Waits out delay and hold, which heal() ends at once, and tells whether to forward. */
  boolean admits(TcpProxy.Direction direction) throws InterruptedException {
    lock.lock();
    try {
      long started = System.nanoTime();
      while (true) {
        long left = delay.get(direction).toNanos() - (System.nanoTime() - started);
        if (passage.get(direction) == Passage.HOLD) {
          changed.await();
        } else if (left > 0) {
          changed.awaitNanos(left);
        } else {
          return passage.get(direction) == Passage.PASS;
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private void change(Runnable change) {
    lock.lock();
    try {
      change.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
