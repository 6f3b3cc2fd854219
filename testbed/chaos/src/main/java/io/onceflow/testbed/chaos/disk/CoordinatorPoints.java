package io.onceflow.testbed.chaos.disk;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The steps of Flink's coordinator between "all tasks have acknowledged" and "everybody is told",
 * seen from below: which file it touches tells where it is. So a JobManager can be halted there
 * without a change to Flink.
 *
 * <p>Per checkpoint it writes {@code _metadata}; then the handle of the checkpoint into the
 * directory of high availability, as {@code completedCheckpoint..}, before it is registered in
 * ZooKeeper; then it deletes the handle of the oldest checkpoint, which is subsumed, and only then
 * tells the tasks.
 */
public final class CoordinatorPoints {

  /** J1: all tasks have acknowledged, {@code _metadata} is not written. */
  public static final String BEFORE_METADATA = "flink-before-metadata";

  /** J2: {@code _metadata} is written, the checkpoint is not registered. */
  public static final String BEFORE_REGISTER = "flink-before-register";

  /** J3: the checkpoint is registered, nobody is told. */
  public static final String AFTER_REGISTER = "flink-after-register";

  private static final String METADATA = "/_metadata";
  private static final String HANDLE = "/completedCheckpoint";

  private final ControlDirectory control;
  private final Map<String, Long> hits = new ConcurrentHashMap<>();

  CoordinatorPoints(ControlDirectory control) {
    this.control = control;
  }

  /** All points, in the order they are reached. */
  public static List<String> all() {
    return List.of(BEFORE_METADATA, BEFORE_REGISTER, AFTER_REGISTER);
  }

  /** Savepoints have a {@code _metadata} too and are not registered; they do not count. */
  static Optional<String> onCreate(String path) {
    return path.endsWith(METADATA) && path.contains("/chk-")
        ? Optional.of(BEFORE_METADATA)
        : Optional.empty();
  }

  static Optional<String> onClosed(String path) {
    return path.contains(HANDLE) ? Optional.of(BEFORE_REGISTER) : Optional.empty();
  }

  static Optional<String> onDelete(String path) {
    return path.contains(HANDLE) ? Optional.of(AFTER_REGISTER) : Optional.empty();
  }

  /** Counts the visit and, when the point is armed, never returns. */
  void reach(String point) {
    hits.merge(point, 1L, Long::sum);
    long pid = ProcessHandle.current().pid();
    control.writeHits(pid, hits);
    control.takeArmed(point).ifPresent(ControlDirectory::obey);
  }
}
