package io.onceflow.testbed.run;

/** The job did not do what the run asked of it; the message says why. */
final class RunFailedException extends Exception {

  private static final long serialVersionUID = 1L;
  private static final int MAX_CHARS = 600;

  RunFailedException(String message, Throwable cause) {
    super(message, cause);
  }

  /** The innermost message of a chain of causes, where Flink's wrappers end. */
  static String reasons(Throwable failure) {
    Throwable innermost = failure;
    while (innermost.getCause() != null && innermost.getCause() != innermost) {
      innermost = innermost.getCause();
    }
    String text = innermost.getMessage() == null ? innermost.toString() : innermost.getMessage();
    return text.length() > MAX_CHARS ? text.substring(0, MAX_CHARS) + ".." : text;
  }
}
