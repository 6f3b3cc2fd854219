package io.onceflow.testbed.chaos.fault;

import java.time.Duration;

/** A process that can be ended and stopped; a member of the cluster or a server. Thread-safe. */
public interface Victim {

  String name();

  boolean isRunning();

  /**
   * SIGKILL.
   *
   * @param downAtLeast how long it stays down; something else starts it again after that
   */
  void kill(Duration downAtLeast);

  /** SIGSTOP. */
  void pause();

  /** SIGCONT. */
  void resume();

  /**
   * Ends it and starts it with another clock.
   *
   * @param offset how far its wall clock is ahead; zero for the right time
   */
  void restartWithClock(Duration offset);
}
