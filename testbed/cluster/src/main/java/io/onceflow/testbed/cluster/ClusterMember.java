package io.onceflow.testbed.cluster;

import io.onceflow.testbed.servers.ChildProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One process of the cluster, which ends with this JVM however this JVM ends. It keeps its name,
 * ports and directories over {@link #restart()}; the pid is a new one then.
 *
 * <p>Thread-safe. What cannot be done is an {@link io.onceflow.testbed.servers.ServerException}.
 */
public final class ClusterMember {
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(15);

  private final MemberKind kind;
  private final String name;
  private final int port;
  private final ChildProcess.Spec spec;
  private final Path log;
  private final Runnable beforeStart;
  private ChildProcess process;
  private boolean paused;

  /**
   * @param port REST of a JobManager, RPC of a TaskManager, clients of ZooKeeper
   * @param beforeStart called each time, before the process is there
   */
  ClusterMember(
      MemberKind kind,
      String name,
      int port,
      ChildProcess.Spec spec,
      Path log,
      Runnable beforeStart) {
    this.kind = kind;
    this.name = name;
    this.port = port;
    this.spec = spec;
    this.log = log;
    this.beforeStart = beforeStart;
  }

  public MemberKind kind() {
    return kind;
  }

  /** Returns its name, such as {@code taskmanager-1}; a TaskManager's resource id too. */
  public String name() {
    return name;
  }

  /** Returns its port: REST of a JobManager, RPC of a TaskManager, clients of ZooKeeper. */
  public int port() {
    return port;
  }

  /** Returns the pid of the JVM, the last one's when it is down. */
  public synchronized long pid() {
    return process.pid();
  }

  /** Says whether there is a process, be it paused. */
  public synchronized boolean isRunning() {
    return process != null && process.isAlive();
  }

  /** Says whether it is stopped by {@link #pause()}. */
  public synchronized boolean isPaused() {
    return paused && isRunning();
  }

  /** SIGKILL; returns when the process is gone. Does nothing if it was. */
  public synchronized void kill() {
    process.kill();
    paused = false;
  }

  /** SIGSTOP: connections stay open and nothing answers. */
  public synchronized void pause() {
    process.pause();
    paused = true;
  }

  /** SIGCONT. */
  public synchronized void resume() {
    process.resume();
    paused = false;
  }

  /** SIGTERM, and SIGKILL when that does not help within 15 s. */
  public synchronized void stop() {
    process.stop("TERM", STOP_TIMEOUT);
    paused = false;
  }

  /**
   * Starts the same member again, killing it first if it runs. Returns when there is a process; it
   * is a part of the cluster some seconds later.
   */
  public void restart() {
    restart(Map.of());
  }

  /**
   * The same, with more variables in this process's environment; the next restart is without them.
   */
  public synchronized void restart(Map<String, String> environment) {
    if (process != null) {
      kill();
    }
    beforeStart.run();
    Map<String, String> all = new HashMap<>(spec.environment());
    all.putAll(environment);
    process =
        ChildProcess.start(
            new ChildProcess.Spec(
                spec.command(), all, spec.without(), spec.log(), spec.farewell()));
  }

  /** Starts it again if it is dead; says whether it was. */
  synchronized boolean restartIfDead() {
    if (isRunning()) {
      return false;
    }
    restart();
    return true;
  }

  /**
   * Returns the file Flink or ZooKeeper logs to; what the JVM prints is beside it in {@code .out}.
   */
  public Path log() {
    return log;
  }

  /** Returns the last lines of the log, for an error message. */
  public String logTail() {
    return ChildProcess.tail(log) + System.lineSeparator() + ChildProcess.tail(spec.log());
  }

  /** Returns the command line. */
  public List<String> command() {
    return spec.command();
  }

  @Override
  public String toString() {
    return "%s (pid %d, %s)".formatted(name, pid(), isRunning() ? "running" : "dead");
  }
}
