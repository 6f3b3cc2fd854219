package io.onceflow.producer.wire;

/** A record is not what it should be, and never will be. */
public final class MalformedException extends Exception {

  private static final long serialVersionUID = 1L;

  private final String code;

  MalformedException(String code, String detail) {
    this(code, detail, null);
  }

  MalformedException(String code, String detail, Throwable cause) {
    super(detail, cause);
    this.code = code;
  }

  /** Why, for machines: lower-case words joined by underscores. */
  public String code() {
    return code;
  }
}
