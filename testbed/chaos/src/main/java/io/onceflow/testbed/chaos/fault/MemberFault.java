package io.onceflow.testbed.chaos.fault;

import java.time.Duration;

/** Faults of whole processes. */
public sealed interface MemberFault extends Fault {

  /**
   * SIGKILL.
   *
   * @param down how long until it is started again
   */
  record Kill(FaultKind kind, Target target, Duration down) implements MemberFault {
    @Override
    public String text() {
      return "down %d ms".formatted(down.toMillis());
    }

    @Override
    public Outcome strike(Scene scene) throws InterruptedException {
      var victim = scene.victim(target);
      scene.begun(victim.name());
      victim.kill(down);
      scene.hold(down);
      return Outcome.injected("%s, down %d ms", victim.name(), down.toMillis());
    }
  }

  /** SIGSTOP for a while: nothing answers and no connection breaks. */
  record Pause(FaultKind kind, Target target, Duration lasting) implements MemberFault {
    @Override
    public String text() {
      return "for %d ms".formatted(lasting.toMillis());
    }

    @Override
    public Outcome strike(Scene scene) throws InterruptedException {
      var victim = scene.victim(target);
      scene.begun(victim.name());
      victim.pause();
      try {
        scene.hold(lasting);
      } finally {
        victim.resume();
      }
      return Outcome.injected("%s, %d ms", victim.name(), lasting.toMillis());
    }
  }

  /**
   * A TaskManager stands still until its job runs elsewhere, then goes on where it was.
   *
   * @param patience how long the job may take
   */
  record Zombie(FaultKind kind, Duration patience) implements MemberFault {
    @Override
    public String text() {
      return "until the job runs elsewhere, at most %d ms".formatted(patience.toMillis());
    }

    @Override
    public Outcome strike(Scene scene) {
      var victim = scene.victim(Target.TASKMANAGER);
      scene.begun(victim.name());
      victim.pause();
      boolean elsewhere;
      try {
        elsewhere = scene.job().awaitRunningWithout(victim, patience);
      } finally {
        victim.resume();
      }
      return elsewhere
          ? Outcome.injected("%s came back while the job ran elsewhere", victim.name())
          : new Outcome.ArmedNotHit(
              victim.name() + " stood still and the job did not run elsewhere in time");
    }
  }

  /**
   * A process is ended and comes back with a wrong clock, which it keeps until the block's end.
   *
   * @param offset how far ahead its clock is; negative for behind
   */
  record SkewedClock(FaultKind kind, Target target, Duration offset) implements MemberFault {
    @Override
    public String text() {
      return "%s by %d min".formatted(target, offset.toMinutes());
    }

    @Override
    public Outcome strike(Scene scene) {
      var victim = scene.victim(target);
      scene.begun(victim.name());
      victim.restartWithClock(offset);
      return Outcome.injected("%s, %d min", victim.name(), offset.toMinutes());
    }
  }
}
