package io.onceflow.common.source;

/** Says why a record cannot be decoded: a short stable code for machines, a sentence for people. */
public final class DecodeException extends Exception {

  private static final long serialVersionUID = 1L;

  private final String code;

  /**
   * @param code lower-case words joined by underscores, stable, such as {@code invalid_utf8}
   * @param detail one sentence; never the input itself beyond a short, escaped excerpt
   */
  public DecodeException(String code, String detail) {
    super(detail);
    this.code = code;
  }

  /** The stable code. */
  public String code() {
    return code;
  }
}
