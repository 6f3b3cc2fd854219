package io.onceflow.producer;

/** The store of the outbox did not do what it was asked for; what it did is not known. */
public final class OutboxException extends Exception {

  private static final long serialVersionUID = 1L;

  /** Says what did not work, and why. */
  public OutboxException(String message, Throwable cause) {
    super(message, cause);
  }
}
