package io.onceflow.testbed.chaos.fault;

/** Input that should not be. */
public sealed interface InputFault extends Fault {

  /** Events that cannot be decoded. */
  record Poison(FaultKind kind, int events) implements InputFault {
    @Override
    public String text() {
      return events + " events";
    }

    @Override
    public Outcome strike(Scene scene) {
      scene.begun(text());
      scene.input().poison(events);
      return Outcome.injected(text());
    }
  }

  /** Events sent twice. */
  record Duplicates(FaultKind kind, int events) implements InputFault {
    @Override
    public String text() {
      return events + " events";
    }

    @Override
    public Outcome strike(Scene scene) {
      scene.begun(text());
      scene.input().duplicates(events);
      return Outcome.injected(text());
    }
  }
}
