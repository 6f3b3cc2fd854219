package io.onceflow.testbed.chaos.fault;

import java.util.Locale;

/** Whose process a fault is about. */
public enum Target {
  TASKMANAGER,
  /** The JobManager that leads at the moment of the fault. */
  LEADER,
  /** A JobManager that does not. */
  STANDBY,
  ZOOKEEPER,
  STORE,
  BROKER;

  /** Lower case, as in the names of kinds. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
