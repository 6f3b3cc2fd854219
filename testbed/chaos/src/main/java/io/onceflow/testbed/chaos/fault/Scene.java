package io.onceflow.testbed.chaos.fault;

import io.onceflow.testbed.chaos.disk.ControlDirectory;
import io.onceflow.testbed.servers.TcpProxy;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Everything that a fault may act on, and the clock of its schedule. Thread-safe. */
public interface Scene {

  /**
   * Chooses a process that runs.
   *
   * @throws NotInjectedException when there is none
   */
  Victim victim(Target target);

  /** Between the job and the store. */
  TcpProxy proxy();

  ControlDirectory control();

  JobActions job();

  InputActions input();

  /** Says that the fault holds from now on; the recovery is measured from the last of these. */
  void begun(String detail);

  /** Waits as long as a fault lasts; throws when the campaign is stopped. */
  void hold(Duration lasting) throws InterruptedException;

  /**
   * Waits until something armed was hit.
   *
   * @param atLeast how long it waits, be the schedule's window over
   * @return whether it was in time
   */
  boolean awaitHit(Duration atLeast, BooleanSupplier hit) throws InterruptedException;

  /** Waits until a process that took a crash point is gone, and counts it; its name if it is. */
  Optional<String> awaitEnded(long pid) throws InterruptedException;

  /** Waits until a process that took a crash point stands still; its name if it does. */
  Optional<String> awaitStopped(long pid) throws InterruptedException;

  /** Lets a process go on that stands still at a crash point. */
  void resume(long pid);
}
