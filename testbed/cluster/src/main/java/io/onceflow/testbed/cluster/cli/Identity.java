package io.onceflow.testbed.cluster.cli;

import java.time.Instant;

/**
 * A process that is the same only with its start time: pids are used again.
 *
 * @param started in milliseconds since the epoch
 */
record Identity(long pid, long started) {

  static Identity of(long pid) {
    return new Identity(pid, startOf(pid));
  }

  static Identity ofThisProcess() {
    return of(ProcessHandle.current().pid());
  }

  boolean isAlive() {
    return started != 0 && startOf(pid) == started;
  }

  /** Or 0 when there is no such process. */
  private static long startOf(long pid) {
    return ProcessHandle.of(pid)
        .filter(ProcessHandle::isAlive)
        .flatMap(process -> process.info().startInstant())
        .map(Instant::toEpochMilli)
        .orElse(0L);
  }
}
