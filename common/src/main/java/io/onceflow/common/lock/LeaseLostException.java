package io.onceflow.common.lock;

/** The lease is gone, or was not to be had: stop, do not finish what was begun under it. */
public final class LeaseLostException extends Exception {

  private static final long serialVersionUID = 1L;

  private final boolean heldByAnother;

  /**
   * @param message a sentence with key and owner, and the holder if known
   * @param heldByAnother whether somebody else holds the key now
   */
  public LeaseLostException(String message, boolean heldByAnother) {
    super(message);
    this.heldByAnother = heldByAnother;
  }

  /** Whether somebody else holds the key, so that beginning again would disturb them. */
  public boolean isHeldByAnother() {
    return heldByAnother;
  }
}
