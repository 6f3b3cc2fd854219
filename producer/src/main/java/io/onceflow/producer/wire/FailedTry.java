package io.onceflow.producer.wire;

import java.util.Objects;

/**
 * An attempt that failed, in the history of a dead letter.
 *
 * @param number 1 for the first
 * @param startedMs when it was started, in milliseconds since 1970
 * @param endedMs when its outcome came, or when it was given up
 * @param known whether the job's classifier knew the failure
 * @param dependency the system that failed
 * @param code for machines
 * @param detail for people: one line
 */
public record FailedTry(
    int number,
    long startedMs,
    long endedMs,
    boolean known,
    String dependency,
    String code,
    String detail) {

  /** Checks that all parts are there. */
  public FailedTry {
    Objects.requireNonNull(dependency, "dependency");
    Objects.requireNonNull(code, "code");
    Objects.requireNonNull(detail, "detail");
  }
}
