package io.onceflow.common.retry;

import io.onceflow.common.config.OneLine;

/**
 * An attempt that was not the last word.
 *
 * @param number 1 for the first
 * @param startedMs when it was started, in milliseconds since the epoch
 * @param endedMs when its outcome came, or when it was given up
 * @param known whether the classifier knew the failure; false for an unknown one
 * @param dependency the one that failed
 * @param code for machines: the result code, the error's class, or {@value #TIMEOUT}
 * @param detail for people: one line
 */
public record FailedAttempt(
    int number,
    long startedMs,
    long endedMs,
    boolean known,
    String dependency,
    String code,
    String detail) {

  /** The code of an attempt that was given up. */
  public static final String TIMEOUT = "attempt_timeout";

  /** Makes texts safe for one line, and short. */
  public FailedAttempt {
    dependency = OneLine.of(dependency);
    code = OneLine.of(code);
    detail = OneLine.of(detail);
    if (number < 1) {
      throw new IllegalArgumentException("There is no attempt number %d.".formatted(number));
    }
  }
}
