package io.onceflow.common.config;

/** A reference to the environment that leads nowhere; the message completes "key: ..". */
final class UnresolvedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  UnresolvedException(String message) {
    super(message, null, false, false);
  }
}
