package io.onceflow.common.source.rabbitmq;

import java.io.IOException;

/** Messages are gone from a stream; connecting again does not bring them back. */
final class StreamGapException extends IOException {

  private static final long serialVersionUID = 1L;

  StreamGapException(String message) {
    super(message);
  }
}
