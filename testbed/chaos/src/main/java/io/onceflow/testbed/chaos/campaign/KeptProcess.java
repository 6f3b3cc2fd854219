package io.onceflow.testbed.chaos.campaign;

import io.onceflow.testbed.chaos.fault.NotInjectedException;
import io.onceflow.testbed.chaos.fault.Target;
import io.onceflow.testbed.chaos.fault.Victim;
import io.onceflow.testbed.chaos.report.History;
import io.onceflow.testbed.chaos.report.HistoryEvent.Event;
import io.onceflow.testbed.chaos.report.HistoryEvent.Phase;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A process that the campaign ends and stops, and starts again when it is down, whoever ended it.
 * Thread-safe.
 */
final class KeptProcess implements Victim {
  /** As Kubernetes, which takes a moment to see that a container has ended. */
  private static final Duration NOTICE = Duration.ofSeconds(1);

  /** What can be done with a process, be it of the cluster or a server. */
  interface Control {
    boolean isRunning();

    /** The last one's when it is down; 0 when there was none. */
    long pid();

    /** Whether it is stopped by a signal. */
    boolean isStopped();

    void kill();

    void pause();

    void resume();

    /** Starts it again; returns when there is a process or, with a server, when it serves. */
    void start(Map<String, String> environment);

    /** Whether {@link #start} hands the environment on. */
    boolean takesEnvironment();
  }

  private final String name;
  private final Target target;
  private final Control control;
  private final History history;
  private final AtomicInteger kills;
  private long downUntilNanos;
  private boolean isExpectedDown;
  private boolean isNoticed;
  private boolean isPaused;
  private Map<String, String> environment = Map.of();

  /**
   * @param target what it is; a JobManager is a STANDBY here, whether or not it leads
   * @param kills counts SIGKILLs of the whole campaign
   */
  KeptProcess(String name, Target target, Control control, History history, AtomicInteger kills) {
    this.name = name;
    this.target = target;
    this.control = control;
    this.history = history;
    this.kills = kills;
  }

  @Override
  public String name() {
    return name;
  }

  Target target() {
    return target;
  }

  @Override
  public boolean isRunning() {
    return control.isRunning();
  }

  boolean isProcess(long pid) {
    return control.pid() == pid;
  }

  synchronized boolean isWell() {
    return control.isRunning() && !isPaused && !control.isStopped();
  }

  @Override
  public synchronized void kill(Duration downAtLeast) {
    kills.incrementAndGet();
    end(downAtLeast, "killed");
  }

  /** SIGKILL that is no fault: it sets something right and is not counted. */
  synchronized void endToCleanUp() {
    end(Duration.ZERO, "ended to clean up");
  }

  private void end(Duration downAtLeast, String why) {
    downUntilNanos = System.nanoTime() + downAtLeast.toNanos();
    isExpectedDown = true;
    isPaused = false;
    history.write(Event.MEMBER, Phase.INFO, name, why);
    control.kill();
  }

  @Override
  public synchronized void pause() {
    if (!control.isRunning()) {
      throw new NotInjectedException(name + " has ended meanwhile.");
    }
    // Afterwards: a process that ended in the moment before is not paused.
    control.pause();
    isPaused = true;
  }

  @Override
  public synchronized void resume() {
    isPaused = false;
    if (control.isRunning()) {
      control.resume();
    }
  }

  /** Resumes it if something else than {@link #pause} stopped it; says whether that was so. */
  synchronized boolean resumeIfStopped() {
    if (isPaused || !control.isRunning() || !control.isStopped()) {
      return false;
    }
    control.resume();
    return true;
  }

  @Override
  public synchronized void restartWithClock(Duration offset) {
    if (!control.takesEnvironment()) {
      throw new NotInjectedException(name + " cannot be given another clock.");
    }
    environment = FakeTime.environment(offset);
    kill(Duration.ZERO);
    start();
    long until = System.nanoTime() + NOTICE.toNanos();
    while (!FakeTime.isLoadedIn(control.pid())) {
      if (System.nanoTime() > until || !control.isRunning()) {
        throw new NotInjectedException(name + " was started again and has the right clock.");
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  /** Gives it the right clock again at its next start. */
  synchronized boolean hasWrongClock() {
    return !environment.isEmpty();
  }

  synchronized void rightClock() {
    environment = Map.of();
    endToCleanUp();
    start();
  }

  /** Starts it if it is down for long enough. Called again and again. */
  synchronized void keep() {
    if (control.isRunning()) {
      isNoticed = false;
      return;
    }
    if (!isExpectedDown && !isNoticed) {
      isNoticed = true;
      downUntilNanos = System.nanoTime() + NOTICE.toNanos();
      history.write(Event.MEMBER, Phase.INFO, name, "has ended by itself or at a crash point");
    }
    if (System.nanoTime() - downUntilNanos > 0) {
      start();
    }
  }

  private void start() {
    try {
      control.start(environment);
      isExpectedDown = false;
      isNoticed = false;
      history.write(Event.MEMBER, Phase.OK, name, "started");
    } catch (RuntimeException e) {
      // A server that is shot while it starts; the next round starts it again.
      history.write(Event.MEMBER, Phase.FAIL, name, "not started: " + e.getMessage());
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
