package io.onceflow.common.commit.simulation;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/**
 * One piece of work of a simulated task. It has a thread, but only one strand runs at a time: it
 * goes on when it is resumed and hands the control back at its next step. So a task can be killed
 * or left paused at every step, and the order of all steps is the scheduler's.
 */
final class Strand {

  private static final ThreadLocal<Strand> CURRENT = new ThreadLocal<>();
  private static final ExecutorService THREADS =
      Executors.newCachedThreadPool(
          task -> {
            var thread = new Thread(task, "simulated-task");
            thread.setDaemon(true);
            return thread;
          });

  /** How a strand goes on. */
  enum Directive {
    GO,
    /** The request is lost, and with it the connection. */
    LOSE_REQUEST,
    /** It is carried out, and the answer is lost. */
    LOSE_REPLY,
    KILL
  }

  /** Ends the strand's stack. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;

    Killed() {
      super("killed", null, false, false);
    }
  }

  private final String name;
  private final Callable<?> work;
  private final boolean fine;
  private final Semaphore resumed = new Semaphore(0);
  private final Semaphore parked = new Semaphore(0);
  private Directive directive = Directive.GO;
  private boolean started;
  private boolean done;
  private boolean killed;
  private boolean atCall;
  private String step = "start";
  private Throwable failure;

  /**
   * @param fine whether it also stops at steps that are no requests
   */
  Strand(String name, Callable<?> work, boolean fine) {
    this.fine = fine;
    this.name = name;
    this.work = work;
  }

  /** Lets it run to its next step or its end. */
  void resume(Directive next) {
    directive = next;
    killed |= next == Directive.KILL;
    if (!started) {
      started = true;
      if (killed) {
        done = true;
        return;
      }
      THREADS.execute(this::run);
    } else {
      resumed.release();
    }
    parked.acquireUninterruptibly();
  }

  private void run() {
    CURRENT.set(this);
    try {
      work.call();
    } catch (Throwable e) {
      failure = e;
    } finally {
      CURRENT.remove();
      done = true;
      parked.release();
    }
  }

  /**
   * The calling strand has reached a step.
   *
   * @param isCall whether a request goes over a network here
   */
  static Directive reach(String step, boolean isCall) {
    var strand = CURRENT.get();
    return strand == null ? Directive.GO : strand.await(step, isCall);
  }

  private Directive await(String next, boolean isCall) {
    if (!killed && !isCall && !fine) {
      return Directive.GO;
    }
    if (!killed) {
      step = next;
      atCall = isCall;
      parked.release();
      resumed.acquireUninterruptibly();
    }
    if (killed) {
      throw new Killed();
    }
    return directive;
  }

  /** Ends it wherever it is. */
  void kill() {
    if (!done) {
      resume(Directive.KILL);
      if (!done) {
        throw new IllegalStateException(name + " survived at " + step);
      }
    }
  }

  boolean isDone() {
    return done;
  }

  boolean isAtCall() {
    return started && atCall;
  }

  /** What ended it, or null. */
  Throwable failure() {
    return failure;
  }

  @Override
  public String toString() {
    return name + "@" + step;
  }
}
