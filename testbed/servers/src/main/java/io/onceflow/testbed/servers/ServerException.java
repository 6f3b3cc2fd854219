package io.onceflow.testbed.servers;

/**
 * A server that could not be started, stopped or asked; the message is a full sentence with what to
 * do next, and where there is one, the end of the server's log.
 */
public final class ServerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ServerException(String message) {
    super(message);
  }

  public ServerException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Keeps the thread's interrupt and says what was being waited for. */
  static ServerException interrupted(String waitingFor, InterruptedException cause) {
    Thread.currentThread().interrupt();
    return new ServerException("Interrupted while waiting for " + waitingFor + ".", cause);
  }
}
