package io.onceflow.testbed.chaos.fault;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.testbed.chaos.disk.ControlDirectory;
import io.onceflow.testbed.servers.ProxyAction;
import io.onceflow.testbed.servers.ProxyTrigger;
import java.time.Duration;

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
      var trigger =
          step.isRequest()
              ? scene.proxy().whenRequest(step.beginning(), ProxyAction.loseReply())
              : scene.proxy().loseReplyTo(step.beginning());
      return await(scene, trigger, "the reply to " + step.beginning());
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
      var trigger =
          step.isRequest()
              ? scene.proxy().whenRequest(step.beginning(), ProxyAction.loseRequest())
              : scene.proxy().whenStatement(step.beginning(), ProxyAction.loseRequest());
      return await(scene, trigger, step.beginning());
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
      control.arm(point, stopped.isZero() ? ControlDirectory.HALT : ControlDirectory.STOP);
      boolean hit;
      try {
        hit = scene.awaitHit(isOfRecovery() ? RECOVERY : SOON, () -> !control.isArmed(point));
      } finally {
        control.disarm(point);
      }
      if (!hit) {
        return new Outcome.ArmedNotHit(point);
      }
      scene.begun(point);
      if (stopped.isZero()) {
        return Outcome.injected("%s, %s halted", point, scene.awaitEndedByCrashPoint());
      }
      try {
        scene.hold(stopped);
      } finally {
        scene.resumeStoppedByCrashPoint();
      }
      return Outcome.injected("%s, stopped for %d ms", point, stopped.toMillis());
    }
  }

  private static Outcome await(Scene scene, ProxyTrigger trigger, String what)
      throws InterruptedException {
    try {
      if (!scene.awaitHit(SOON, trigger::hasFired)) {
        return new Outcome.ArmedNotHit(what);
      }
      scene.begun(what);
      return Outcome.injected(what);
    } finally {
      trigger.disarm();
    }
  }
}
