package io.onceflow.common.source.rabbitmq;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/** Rings when there is news. One ring is kept for whoever comes too late. Thread-safe. */
final class Bell {

  private final BlockingQueue<Boolean> rings = new ArrayBlockingQueue<>(1);

  void ring() {
    rings.offer(Boolean.TRUE);
  }

  void await(long waitMs) {
    try {
      rings.poll(waitMs, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
