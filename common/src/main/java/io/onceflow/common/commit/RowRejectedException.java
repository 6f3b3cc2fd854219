package io.onceflow.common.commit;

/** A value that can never become a row of the store, with the store's code for the reason. */
public final class RowRejectedException extends Exception {

  private static final long serialVersionUID = 1L;

  private final String code;
  private final String target;

  /**
   * @param target the table or topic it was meant for
   * @param code the store's code, such as an SQLSTATE
   * @param message one sentence
   */
  public RowRejectedException(String target, String code, String message) {
    super(message, null, false, false);
    this.target = target;
    this.code = code;
  }

  /** The table or topic the row was meant for. */
  public String target() {
    return target;
  }

  /** The store's code for the reason. */
  public String code() {
    return code;
  }

  /** What a job that takes no dead letters says when it ends. */
  String failure() {
    return "A row for %s was rejected (%s): %s Correct the mapping or the input, or set on-reject: dead-letter."
        .formatted(target, code, getMessage());
  }
}
