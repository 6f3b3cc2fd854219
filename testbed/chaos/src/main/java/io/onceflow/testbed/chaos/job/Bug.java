package io.onceflow.testbed.chaos.job;

/** A defect that is planted in the PostgreSQL sink, to see an oracle turn red. */
public enum Bug {
  /** The sink as it is. */
  NONE,
  /** STAGED: an epoch is committed without its marker. */
  SKIP_MARKER,
  /** STAGED: an epoch is committed two times. */
  COMMIT_TWICE,
  /** STAGED: a segment of an epoch is left out. */
  DROP_SEGMENT,
  /** PREPARED: a transaction is committed when it is prepared, before its checkpoint completes. */
  COMMIT_AT_SNAPSHOT,
  /** PREPARED: a transaction that the server does not know counts as committed. */
  IGNORE_UNKNOWN;

  /** Whether a subject, such as {@code postgres-staged}, has the code that this is planted in. */
  public boolean fits(String subject) {
    return switch (this) {
      case NONE -> true;
      case SKIP_MARKER, COMMIT_TWICE, DROP_SEGMENT -> subject.equals("postgres-staged");
      case COMMIT_AT_SNAPSHOT, IGNORE_UNKNOWN ->
          subject.equals("postgres-prepared") || subject.equals("postgres-three-phase");
    };
  }
}
