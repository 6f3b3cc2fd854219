package io.onceflow.testbed.chaos.campaign;

import io.onceflow.testbed.chaos.fault.Target;
import java.util.Locale;

/** Who is killed when recoveries are measured. */
enum RecoveryCase {
  TASKMANAGER(Target.TASKMANAGER),
  JOBMANAGER(Target.LEADER),
  STORE(Target.STORE);

  private final Target target;

  RecoveryCase(Target target) {
    this.target = target;
  }

  Target target() {
    return target;
  }

  /** The name in a result's line. */
  @Override
  public String toString() {
    return this == STORE ? "postgres" : name().toLowerCase(Locale.ROOT);
  }
}
