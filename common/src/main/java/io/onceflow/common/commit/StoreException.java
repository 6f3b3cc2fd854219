package io.onceflow.common.commit;

/** A store's error with its class. The message is a sentence that says what to do next. */
public final class StoreException extends Exception {

  private static final long serialVersionUID = 1L;

  private final ErrorClass errorClass;

  /**
   * @param errorClass what it means for the commit
   * @param message a sentence with the values in it
   * @param cause the driver's error, or null
   */
  public StoreException(ErrorClass errorClass, String message, Throwable cause) {
    super(message, cause);
    this.errorClass = errorClass;
  }

  /** What it means for the commit. */
  public ErrorClass errorClass() {
    return errorClass;
  }

  /** Whether the same request may be sent again, over a new connection. */
  public boolean retryable() {
    return errorClass == ErrorClass.TRANSIENT || errorClass == ErrorClass.AMBIGUOUS;
  }
}
