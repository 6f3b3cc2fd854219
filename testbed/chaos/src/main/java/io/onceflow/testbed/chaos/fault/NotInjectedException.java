package io.onceflow.testbed.chaos.fault;

/** A fault could not be injected, and so must not be counted; the message says why. */
public final class NotInjectedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public NotInjectedException(String message) {
    super(message);
  }
}
