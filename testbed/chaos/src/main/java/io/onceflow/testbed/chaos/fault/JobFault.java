package io.onceflow.testbed.chaos.fault;

/** Things an operator does to a job at a bad moment. */
public sealed interface JobFault extends Fault {

  /** Many checkpoints, or savepoints, one right after the other. */
  record Storm(FaultKind kind, int checkpoints, boolean savepoints) implements JobFault {
    @Override
    public String text() {
      return "%d %s".formatted(checkpoints, savepoints ? "savepoints" : "checkpoints");
    }

    @Override
    public Outcome strike(Scene scene) {
      scene.begun(text());
      int accepted = scene.job().storm(checkpoints, savepoints);
      if (accepted == 0) {
        throw new NotInjectedException("None of the triggers was accepted.");
      }
      return Outcome.injected("%d of %s accepted", accepted, text());
    }
  }

  /** Stop with a savepoint, restore with another parallelism. */
  record Rescale(FaultKind kind, int parallelism) implements JobFault {
    @Override
    public String text() {
      return "to %d".formatted(parallelism);
    }

    @Override
    public Outcome strike(Scene scene) throws Exception {
      scene.begun(text());
      scene.job().rescale(parallelism);
      return Outcome.injected(text());
    }
  }

  /** End it without a savepoint, restore from the newest retained checkpoint. */
  record Restore(FaultKind kind, boolean killAll, int parallelism) implements JobFault {
    @Override
    public String text() {
      return "%s, to %d".formatted(killAll ? "all TaskManagers killed" : "cancelled", parallelism);
    }

    @Override
    public Outcome strike(Scene scene) throws Exception {
      scene.begun(text());
      scene.job().restoreCheckpoint(killAll, parallelism);
      return Outcome.injected(text());
    }
  }
}
