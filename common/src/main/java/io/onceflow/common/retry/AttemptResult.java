package io.onceflow.common.retry;

import java.util.Objects;

/**
 * What the other side answered.
 *
 * @param code its result code, for the {@link Classifier} and the acknowledgement
 * @param value what goes downstream when the classifier calls it a success; null for nothing
 * @param <O> the output type
 */
public record AttemptResult<O>(String code, O value) {

  /** The code of a success that needs no other. */
  public static final String OK = "ok";

  /**
   * @throws NullPointerException without a code
   */
  public AttemptResult {
    Objects.requireNonNull(code, "code");
  }

  /** A success. */
  public static <O> AttemptResult<O> ok(O value) {
    return new AttemptResult<>(OK, value);
  }

  /** An answer without a value. */
  public static <O> AttemptResult<O> of(String code) {
    return new AttemptResult<>(code, null);
  }
}
