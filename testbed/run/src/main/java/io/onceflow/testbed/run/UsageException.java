package io.onceflow.testbed.run;

/**
 * Something the user can put right by another argument; told without a stack trace, exit code 2.
 */
final class UsageException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }
}
