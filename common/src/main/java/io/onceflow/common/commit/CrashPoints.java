package io.onceflow.common.commit;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Named steps of the protocol at which a test can make this process halt, pause or throw. In
 * production nothing is armed and a step costs one look at an empty map.
 */
public final class CrashPoints {

  /** The gatherer has all segments and has not emitted the epoch. */
  public static final String GATHER_BEFORE_EMIT = "gather-before-emit";

  /** The checkpoint is complete, nothing is applied. */
  public static final String COMMIT_BEFORE_APPLY = "commit-before-apply";

  /** Some tables have their rows, the transaction is open. */
  public static final String APPLY_MIDDLE = "apply-middle";

  /** Everything is written, COMMIT is not sent. */
  public static final String APPLY_BEFORE_COMMIT = "apply-before-commit";

  /** The store has committed, the committer's state still holds the epoch. */
  public static final String COMMIT_AFTER_APPLY = "commit-after-apply";

  private static final Map<String, Runnable> ARMED = new ConcurrentHashMap<>();

  private CrashPoints() {}

  /** Runs an action each time a step is reached, in this JVM. For tests. */
  public static void arm(String point, Runnable action) {
    ARMED.put(point, action);
  }

  /** Forgets all actions. */
  public static void disarmAll() {
    ARMED.clear();
  }

  /** Marks that a step is reached. */
  public static void reach(String point) {
    if (!ARMED.isEmpty()) {
      var action = ARMED.get(point);
      if (action != null) {
        action.run();
      }
    }
  }
}
