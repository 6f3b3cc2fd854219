package io.onceflow.common.sink;

import io.onceflow.common.commit.RowRejectedException;

/** A value that no column of its type can hold. The message does not quote it. */
public final class RejectedFieldException extends Exception {

  private static final long serialVersionUID = 1L;

  private final String code;

  /**
   * @param code the store's code, such as an SQLSTATE
   * @param message one sentence
   */
  public RejectedFieldException(String code, String message) {
    super(message, null, false, false);
    this.code = code;
  }

  /** The same with the place it happened at. */
  RowRejectedException in(String table, String column) {
    return new RowRejectedException(table, code, "Column %s: %s".formatted(column, getMessage()));
  }
}
