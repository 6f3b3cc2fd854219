package io.onceflow.testbed.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/**
 * What every server here has in common: a child process on a loopback port over data that outlive
 * it, or go with it when nobody named a directory. Not thread-safe.
 */
public abstract class ServerProcess implements AutoCloseable {
  static final String HOST = "127.0.0.1";
  static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(20);

  private final boolean keepData;
  private ChildProcess process;

  /**
   * @param keepData whether {@link #close()} leaves the data where they are
   */
  ServerProcess(boolean keepData) {
    this.keepData = keepData;
  }

  /** What a server of one kind is started with. */
  interface Program {
    /** Makes the data directory ready; on one that is ready it does nothing. */
    void prepare();

    ChildProcess start();

    /** Returns when clients are served; called after every start. */
    void awaitReady(ChildProcess process);

    /** The signal of an orderly end, without {@code SIG}. */
    String stopSignal();

    /** Ends a process whose data are deleted next. */
    void discard(ChildProcess process);

    /** Deletes the data; the log stays. */
    void deleteData() throws IOException;
  }

  /** Opens a connection as soon as the server takes one. */
  interface Opening {
    Connection open() throws SQLException;
  }

  /** Whether the server serves clients. */
  interface Question {
    boolean isAnswered() throws SQLException;
  }

  abstract Program program();

  final void startFirst() {
    try {
      program().prepare();
      launch();
    } catch (RuntimeException e) {
      deleteUnlessKept();
      throw e;
    }
  }

  /** Returns the pids of the server and all it forked; none when it is down. */
  public List<Long> pids() {
    return process.pids();
  }

  public boolean isRunning() {
    return process.isAlive();
  }

  /** SIGKILL to all its processes at once, like a crash of the machine; the page cache survives. */
  public void kill() {
    process.kill();
  }

  /** SIGSTOP to all its processes: connections stay open and nothing answers. */
  public void pause() {
    process.pause();
  }

  public void resume() {
    process.resume();
  }

  /** An orderly end; the data stay. */
  public void stop() {
    process.stop(program().stopSignal(), STOP_TIMEOUT);
  }

  /**
   * Starts again over the same data and ports, after {@link #kill()} or {@link #stop()}, or stops
   * first.
   */
  public void restart() {
    stop();
    launch();
  }

  /** Stops the server; without a directory of the user's its data are deleted. */
  @Override
  public void close() {
    if (keepData) {
      stop();
      return;
    }
    // Nobody reads the data again, so no checkpoint is waited for.
    program().discard(process);
    deleteUnlessKept();
  }

  private void launch() {
    process = program().start();
    try {
      program().awaitReady(process);
    } catch (RuntimeException e) {
      process.kill();
      throw e;
    }
  }

  private void deleteUnlessKept() {
    if (keepData) {
      return;
    }
    try {
      program().deleteData();
    } catch (IOException e) {
      throw new UncheckedIOException("The data of a server remain.", e);
    }
  }

  /** Tries to connect until it works, the process ends or patience does. */
  static void awaitConnection(String server, int port, ChildProcess process, Opening opening) {
    awaitAnswer(
        server,
        port,
        process,
        () -> {
          try (Connection ready = opening.open()) {
            return ready.isValid(0);
          }
        });
  }

  /** Asks until the answer is yes, the process ends or patience does. */
  static void awaitAnswer(String server, int port, ChildProcess process, Question question) {
    long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
    SQLException last = null;
    while (System.nanoTime() < deadline) {
      try {
        if (question.isAnswered()) {
          return;
        }
      } catch (SQLException notYet) {
        last = notYet;
      }
      if (process.awaitExit(POLL)) {
        throw new ServerException(
            "%s ended while it was starting on port %d. %s"
                .formatted(server, port, process.logTail()));
      }
    }
    throw new ServerException(
        "%s did not answer on port %d within %d s. %s"
            .formatted(server, port, START_TIMEOUT.toSeconds(), process.logTail()),
        last);
  }
}
