package io.onceflow.common.retry;

import java.util.Objects;

/** What the outcome of an attempt means for the message. */
public sealed interface AttemptVerdict {

  /** It is applied. Final. */
  record Success() implements AttemptVerdict {}

  /**
   * A dependency failed and may recover: the message is tried again.
   *
   * @param dependency which one
   */
  record Transient(String dependency) implements AttemptVerdict {
    /**
     * @throws NullPointerException without a dependency
     */
    public Transient {
      Objects.requireNonNull(dependency, "dependency");
    }
  }

  /**
   * It is refused, and a later attempt must not turn that into a success. Final.
   *
   * @param code why
   */
  record Permanent(String code) implements AttemptVerdict {
    /**
     * @throws NullPointerException without a code
     */
    public Permanent {
      Objects.requireNonNull(code, "code");
    }
  }

  /** Nobody foresaw it: transient, but for a few attempts only. */
  record Unknown() implements AttemptVerdict {}
}
