package io.onceflow.common.lock;

/**
 * The protected store has refused a token: it has seen a higher one of this key, or the same one of
 * another holder. Nothing was written.
 */
public final class FencedException extends Exception {

  private static final long serialVersionUID = 1L;

  private final String key;
  private final long highestToken;

  /**
   * @param lease whose token was refused
   * @param highestToken the highest token that the store has seen of the key
   * @param cause the driver's error, or null
   */
  public FencedException(Lease lease, long highestToken, Throwable cause) {
    super(
        "Token %d of '%s' for key '%s' was refused: the store has seen token %d. Somebody else holds the key now, or the lease store has lost its tokens. Nothing was written."
            .formatted(lease.token(), lease.owner(), lease.key(), highestToken),
        cause);
    this.key = lease.key();
    this.highestToken = highestToken;
  }

  /** What was locked. */
  public String key() {
    return key;
  }

  /** A lease must be above it: the floor of the next request. */
  public long highestToken() {
    return highestToken;
  }
}
