package io.onceflow.common.commit;

import java.io.IOException;

/** A segment that is not what was sealed. Reading it again does not help. */
public final class DamagedSegmentException extends IOException {

  private static final long serialVersionUID = 1L;

  /**
   * @param message what was sealed and what was read
   */
  public DamagedSegmentException(String message) {
    super(message);
  }
}
