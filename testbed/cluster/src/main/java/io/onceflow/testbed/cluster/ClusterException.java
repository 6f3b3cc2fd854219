package io.onceflow.testbed.cluster;

/** The cluster did not do what it was asked; the message says what, why, and what to do next. */
public final class ClusterException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ClusterException(String message) {
    super(message);
  }

  public ClusterException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Keeps the thread's interrupt and says what was being waited for. */
  static ClusterException interrupted(String waitingFor, InterruptedException cause) {
    Thread.currentThread().interrupt();
    return new ClusterException("Interrupted while waiting for " + waitingFor + ".", cause);
  }
}
