package io.onceflow.testbed.chaos.disk;

import io.onceflow.testbed.chaos.disk.DiskTrouble.Operation;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What happens before each access. The control directory is looked at no more often than every 20
 * ms. Thread-safe.
 */
final class Disk {
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private record Seen(long atNanos, Map<String, DiskTrouble> troubles) {}

  private final ControlDirectory control;
  private final Set<String> touched = ConcurrentHashMap.newKeySet();
  private volatile Seen seen;

  Disk(ControlDirectory control) {
    this.control = control;
    this.seen = new Seen(System.nanoTime() - LOOK_NANOS, Map.of());
  }

  /** Waits or throws as the troubles say that hold now. */
  void access(Operation operation, String path) throws IOException {
    for (var each : troubles().entrySet()) {
      if (each.getValue().concerns(operation, path)) {
        if (touched.add(each.getKey())) {
          control.touch(each.getKey());
        }
        suffer(each.getValue(), operation, path);
      }
    }
  }

  private static void suffer(DiskTrouble trouble, Operation operation, String path)
      throws IOException {
    switch (trouble.mode()) {
      case SLOW -> waitFor(trouble.delay().toNanos());
      case FULL -> throw new IOException("%s: No space left on device".formatted(path));
      case BROKEN ->
          throw new IOException("%s: Input/output error (%s)".formatted(path, operation));
    }
  }

  /** Ends early when interrupted, as Flink does with a thread that it cancels. */
  private static void waitFor(long nanos) {
    long until = System.nanoTime() + nanos;
    long left = nanos;
    while (left > 0 && !Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(left);
      left = until - System.nanoTime();
    }
  }

  private Map<String, DiskTrouble> troubles() {
    var last = seen;
    if (System.nanoTime() - last.atNanos() < LOOK_NANOS) {
      return last.troubles();
    }
    var troubles = control.troubles();
    touched.retainAll(troubles.keySet());
    seen = new Seen(System.nanoTime(), troubles);
    return troubles;
  }
}
