package io.onceflow.common.commit;

/**
 * How many transactions an epoch takes. It is part of the job's shape: a savepoint of one scope is
 * not restored with the other (Flink refuses the changed maximum parallelism).
 */
public enum CommitScope {
  /** One for all subtasks and tables: a reader sees whole epochs only. */
  SINK,
  /**
   * One per subtask, in parallel: a reader may see some subtasks' part of an epoch before others',
   * and epoch numbers need not appear in order. The guard against an attempt that was replaced
   * within its own run works per subtask, so not for a subtask that rescaling took away.
   */
  SUBTASK
}
