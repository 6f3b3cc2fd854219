package io.onceflow.common.commit.simulation;

/** An invariant that does not hold. */
final class Violation extends AssertionError {

  private static final long serialVersionUID = 1L;

  Violation(String message, Object... values) {
    super(message.formatted(values));
  }

  /** A violation that went through the code under test as an error of a task. */
  static void rethrow(Throwable error) {
    for (var cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof Violation violation) {
        throw violation;
      }
      if (cause instanceof RuntimeException unexpected
              && !(cause instanceof org.apache.flink.runtime.execution.SuppressRestartsException)
          || cause instanceof AssertionError) {
        var violation = new Violation("A task met %s", cause);
        violation.initCause(cause);
        throw violation;
      }
    }
  }
}
