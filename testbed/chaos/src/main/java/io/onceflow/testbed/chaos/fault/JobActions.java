package io.onceflow.testbed.chaos.fault;

import java.time.Duration;

/** What faults do to the job. Thread-safe; one action at a time, the others wait. */
public interface JobActions {

  /** Asks for this many checkpoints, one right after the other; returns how many were accepted. */
  int storm(int checkpoints, boolean savepoints);

  /** Stops with a savepoint and restores from it with another parallelism. */
  void rescale(int parallelism) throws Exception;

  /**
   * Ends the job without a savepoint and restores from the newest retained checkpoint.
   *
   * @param killAll whether it ends by SIGKILL of all TaskManagers and not by being cancelled
   */
  void restoreCheckpoint(boolean killAll, int parallelism) throws Exception;

  /** Waits until the job runs and none of its tasks is on this process; false when it does not. */
  boolean awaitRunningWithout(Victim taskManager, Duration patience);
}
