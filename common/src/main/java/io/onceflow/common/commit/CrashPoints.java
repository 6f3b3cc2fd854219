package io.onceflow.common.commit;

import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Named steps of the protocol at which a test can make this process halt, pause or throw. In
 * production nothing is armed and a step costs one look at an empty map.
 */
public final class CrashPoints {

  /** PREPARED: a writer has rows and no transaction yet. */
  public static final String WRITE_BEFORE_BEGIN = "write-before-begin";

  /** PREPARED: some rows are in the open transaction. */
  public static final String WRITE_MIDDLE = "write-middle";

  /** PREPARED: all rows are written, PREPARE is not sent. */
  public static final String PREPARE_BEFORE = "prepare-before";

  /** PREPARED: the store has prepared, nobody knows yet. */
  public static final String PREPARE_AFTER = "prepare-after";

  /** STAGED: a writer seals its segment. */
  public static final String SEAL_BEFORE = "seal-before";

  /** The gatherer has claimed the sink. */
  public static final String CLAIM_AFTER = "claim-after";

  /** PREPARED: an orphan is known and, with a register, not yet decided. */
  public static final String ORPHAN_BEFORE_DECIDE = "orphan-before-decide";

  /** PREPARED: an orphan may be rolled back. */
  public static final String ORPHAN_BEFORE_ROLLBACK = "orphan-before-rollback";

  /** PREPARED: an orphan was rolled back, others may be left. */
  public static final String ORPHAN_AFTER_ROLLBACK = "orphan-after-rollback";

  /** The gatherer has all segments and has not emitted the epoch. */
  public static final String GATHER_BEFORE_EMIT = "gather-before-emit";

  /** THREE_PHASE: the votes are not stored. */
  public static final String VOTE_BEFORE = "vote-before";

  /** THREE_PHASE: the votes are stored, the barrier has not passed. */
  public static final String VOTE_AFTER = "vote-after";

  /** The gatherer takes its snapshot: the epoch is on its way, the barrier is passing. */
  public static final String SNAPSHOT_STATE = "snapshot-state";

  /** A restored epoch is found; the committer has not claimed the sink. */
  public static final String RESTORE_BEFORE_COMMIT = "restore-before-commit";

  /** The checkpoint is complete, nothing is decided. */
  public static final String COMMIT_BEFORE_DECIDE = "commit-before-decide";

  /** THREE_PHASE: the register holds COMMIT, the store does not know. */
  public static final String COMMIT_AFTER_REGISTER = "commit-after-register";

  /** PREPARED: the store holds the decision, nothing is committed. */
  public static final String COMMIT_AFTER_DECIDE = "commit-after-decide";

  /** PREPARED: one more of the epoch's transactions is committed. */
  public static final String COMMIT_MIDDLE = "commit-middle";

  /** PREPARED: all transactions are committed, their markers are not complete. */
  public static final String COMMIT_BEFORE_FINISH = "commit-before-finish";

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

  /** All steps of the protocols. The resolver's are in the tool. */
  public static Set<String> all() {
    return Arrays.stream(CrashPoints.class.getDeclaredFields())
        .filter(field -> field.getType() == String.class)
        .map(CrashPoints::nameOf)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String nameOf(Field field) {
    try {
      return (String) field.get(null);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("Crash point %s is not public.".formatted(field), e);
    }
  }

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
