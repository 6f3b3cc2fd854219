package io.onceflow.testbed.chaos.fault;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.testbed.chaos.disk.ControlDirectory;
import io.onceflow.testbed.servers.ProxyAction;
import io.onceflow.testbed.servers.ProxyTrigger;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;

/** Faults that wait for the job to come to a certain step. */
public sealed interface ArmedFault extends Fault {

  /** A job passes every step within two epochs, also one that another fault makes recover. */
  Duration SOON = Duration.ofSeconds(5);

  /** How long a job that is being restored may take to a step of its recovery. */
  Duration RECOVERY = Duration.ofSeconds(20);

  /** The statement is carried out and whoever sent it never learns of it. */
  record LostReply(FaultKind kind, CommitStep step) implements ArmedFault {
    @Override
    public String text() {
      return "to " + step.beginning();
    }

    @Override
    public Outcome strike(Scene scene) throws InterruptedException {
      var fired = new AtomicReference<String>();
      var trigger =
          step.isRequest()
              ? scene.proxy().whenRequest(step.beginning(), ProxyAction.loseReply())
              : scene.proxy().loseReplyTo(noting(step, fired));
      return await(scene, trigger, "the reply to " + step.beginning(), fired);
    }
  }

  /** The connection ends before the statement arrives. */
  record CutAt(FaultKind kind, CommitStep step) implements ArmedFault {
    @Override
    public String text() {
      return "before " + step.beginning();
    }

    @Override
    public Outcome strike(Scene scene) throws InterruptedException {
      var fired = new AtomicReference<String>();
      var trigger =
          step.isRequest()
              ? scene.proxy().whenRequest(step.beginning(), ProxyAction.loseRequest())
              : scene.proxy().whenStatement(noting(step, fired), ProxyAction.loseRequest());
      return await(scene, trigger, step.beginning(), fired);
    }
  }

  /** A process of the cluster halts at a step, or stops there and goes on later. */
  record CrashPoint(FaultKind kind, String point, Duration stopped) implements ArmedFault {
    /** Whether only a job that is restored passes the point. */
    public boolean isOfRecovery() {
      return isOfOrphan()
          || point.equals(CrashPoints.CLAIM_AFTER)
          || point.equals(CrashPoints.RESTORE_BEFORE_COMMIT);
    }

    /** Whether there must be a transaction that the restored job does not know. */
    public boolean isOfOrphan() {
      return point.startsWith("orphan-");
    }

    @Override
    public String text() {
      return stopped.isZero()
          ? point + ", halt"
          : "%s, stop for %d ms".formatted(point, stopped.toMillis());
    }

    @Override
    public Outcome strike(Scene scene) throws InterruptedException {
      var control = scene.control();
      var token =
          control
              .arm(point, stopped.isZero() ? ControlDirectory.HALT : ControlDirectory.STOP)
              .orElseThrow(() -> new NotInjectedException(point + " is armed already."));
      boolean hit;
      try {
        hit =
            scene.awaitHit(
                isOfRecovery() ? RECOVERY : SOON, () -> control.taker(token).isPresent());
      } finally {
        control.disarm(point);
      }
      var taker = control.taker(token);
      if (!hit || taker.isEmpty()) {
        return new Outcome.ArmedNotHit(point);
      }
      scene.begun(point);
      return stopped.isZero() ? ended(scene, taker.getAsLong()) : stopped(scene, taker.getAsLong());
    }

    private Outcome ended(Scene scene, long pid) throws InterruptedException {
      var name = scene.awaitEnded(pid);
      return name.isPresent()
          ? Outcome.injected("%s, %s halted", point, name.get())
          : new Outcome.NotInjected(
              "%s, process %d came by and did not end.".formatted(point, pid));
    }

    private Outcome stopped(Scene scene, long pid) throws InterruptedException {
      try {
        var name = scene.awaitStopped(pid);
        if (name.isEmpty()) {
          return new Outcome.NotInjected(
              "%s, process %d came by and did not stop.".formatted(point, pid));
        }
        scene.hold(stopped);
        return Outcome.injected("%s, %s stopped for %d ms", point, name.get(), stopped.toMillis());
      } finally {
        scene.resume(pid);
      }
    }
  }

  private static Predicate<String> noting(CommitStep step, AtomicReference<String> fired) {
    return executed -> step.isBy(executed) && fired.compareAndSet(null, executed.strip());
  }

  private static Outcome await(
      Scene scene, ProxyTrigger trigger, String what, AtomicReference<String> fired)
      throws InterruptedException {
    try {
      if (!scene.awaitHit(SOON, trigger::hasFired)) {
        return new Outcome.ArmedNotHit(what);
      }
      scene.begun(what);
      var statement = fired.get();
      return new Outcome.Injected(statement == null ? what : what + ": " + statement);
    } finally {
      trigger.disarm();
    }
  }
}
