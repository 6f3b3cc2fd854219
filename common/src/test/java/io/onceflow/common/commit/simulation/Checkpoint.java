package io.onceflow.common.commit.simulation;

import io.onceflow.common.commit.Epoch;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a checkpoint or savepoint holds.
 *
 * @param id Flink's number; another job may have the same
 * @param job the job that took it
 * @param sinks each sink's part
 * @param registered whether Flink's store knows it; a file alone is none
 * @param savepoint whether no job goes on from it by itself
 * @param order counts all checkpoints of a simulation
 */
record Checkpoint(
    long id,
    SimulatedJob job,
    Map<String, SinkState> sinks,
    boolean registered,
    boolean savepoint,
    int order) {

  /**
   * One sink's part.
   *
   * @param offset the next input
   * @param history what the gatherer keeps
   * @param pending the committer's epochs
   */
  record SinkState(
      int offset,
      io.onceflow.common.commit.SinkUnderSimulation.History history,
      List<Epoch> pending) {}

  /** All epochs that whoever restores it has to commit. */
  Stream<Epoch> pending() {
    return sinks.values().stream().flatMap(state -> state.pending().stream());
  }

  @Override
  public String toString() {
    return "%s/chk-%d%s".formatted(job.name(), id, registered ? "" : "?");
  }
}
