package io.onceflow.testbed.servers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A server process that cannot outlive this JVM, not even after {@code kill -9}.
 *
 * <p>A shell starts the server and holds the read end of a pipe whose only write end is in this
 * JVM. However the JVM ends, the kernel closes the pipe, the shell reads the end of it and takes
 * the server down: first by {@code farewell}, so that it can give back shared memory, then by
 * SIGKILL. The shell and the server have a session of their own, so that Ctrl-C on a terminal
 * reaches the JVM alone and the servers stay until it has stopped its jobs.
 *
 * <p>Not {@code prctl(PR_SET_PDEATHSIG)}: it fires when the <em>thread</em> that forked ends.
 *
 * <p>Thread-safe as far as the operating system is: two threads may signal at once.
 */
public final class ChildProcess {
  private static final int LOG_TAIL_LINES = 30;
  private static final Duration KILL_TIMEOUT = Duration.ofSeconds(20);

  /** Arguments: log file, farewell signal, command. Prints the pid of the command. */
  private static final String WATCHDOG =
      """
      log=$1; farewell=$2; shift 2
      exec 3<&0
      "$@" </dev/null >>"$log" 2>&1 3<&- &
      server=$!
      children() {
        for stat in /proc/[0-9]*/stat; do
          { read -r line <"$stat"; } 2>/dev/null || continue
          set -- "$1" ${line##*) }
          if [ "$3" = "$1" ]; then echo "${line%% *}"; fi
        done
      }
      last_will() {
        while read -r ignored; do :; done
        if [ "$farewell" != KILL ]; then
          kill -s CONT "$server" $(children "$server")
          kill -s "$farewell" "$server"
          tries=0
          while kill -s 0 "$server" && [ "$tries" -lt 30 ]; do sleep 0.1; tries=$((tries + 1)); done
        fi
        kill -s STOP "$server"
        all=
        for child in $(children "$server"); do all="$all $child $(children "$child")"; done
        kill -s KILL $all "$server"
      }
      last_will <&3 >/dev/null 2>&1 &
      watch=$!
      exec 3<&-
      echo "$server"
      exec >/dev/null
      wait "$server"
      code=$?
      kill "$watch" 2>/dev/null
      exit "$code"
      """;

  private final Process shell;
  private final ProcessTree tree;
  private final Path log;

  private ChildProcess(Process shell, long pid, Path log) {
    this.shell = shell;
    this.tree = new ProcessTree(pid);
    this.log = log;
  }

  /** Whether a signal has stopped any process of this machine and none has continued it. */
  public static boolean isStopped(long pid) {
    return ProcessTree.isStopped(pid);
  }

  /**
   * What to start.
   *
   * @param command the program and its arguments
   * @param environment variables added to this JVM's
   * @param without variables of this JVM that the child must not see, by prefix
   * @param log the file that standard output and error are appended to
   * @param farewell the signal sent when this JVM is gone, without {@code SIG}
   */
  public record Spec(
      List<String> command,
      Map<String, String> environment,
      Set<String> without,
      Path log,
      String farewell) {}

  /**
   * Starts a process.
   *
   * @throws ServerException if it cannot be started, or its log cannot be written
   */
  public static ChildProcess start(Spec spec) {
    List<String> command =
        new ArrayList<>(
            List.of("setsid", "/bin/sh", "-c", WATCHDOG, "watchdog", spec.log().toString()));
    command.add(spec.farewell());
    command.addAll(spec.command());
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder
        .environment()
        .keySet()
        .removeIf(name -> spec.without().stream().anyMatch(name::startsWith));
    builder.environment().putAll(spec.environment());
    try {
      Process shell = builder.start();
      return new ChildProcess(shell, readPid(shell, spec), spec.log());
    } catch (IOException e) {
      throw new ServerException(
          "%s could not be started; setsid of util-linux and /bin/sh are needed."
              .formatted(spec.command().get(0)),
          e);
    }
  }

  private static long readPid(Process shell, Spec spec) throws IOException {
    String line =
        new BufferedReader(new InputStreamReader(shell.getInputStream(), StandardCharsets.US_ASCII))
            .readLine();
    if (line == null) {
      throw new ServerException(
          "The watchdog of %s ended at once; can %s be written?"
              .formatted(spec.command().get(0), spec.log()));
    }
    return Long.parseLong(line.trim());
  }

  /** Returns the pid of the server itself, not of the shell that watches it. */
  public long pid() {
    return tree.root();
  }

  /** Returns the server's pid and those of its descendants. */
  public List<Long> pids() {
    return tree.pids();
  }

  public boolean isAlive() {
    return shell.isAlive() && ProcessTree.isRunning(pid());
  }

  public void pause() {
    requireAlive("paused");
    tree.pause();
  }

  public void resume() {
    requireAlive("resumed");
    tree.resume();
  }

  /**
   * SIGKILL to the server and all it forked; returns when they are gone. Does nothing if it was.
   */
  public void kill() {
    if (shell.isAlive()) {
      tree.kill(KILL_TIMEOUT);
      awaitExit(KILL_TIMEOUT);
    }
  }

  /** Asks the server to end by a signal, also when it is paused, and kills it when it does not. */
  public void stop(String signal, Duration timeout) {
    if (!shell.isAlive()) {
      return;
    }
    tree.resume();
    ProcessTree.signal(signal, List.of(pid()));
    if (!awaitExit(timeout)) {
      kill();
    }
  }

  /** Waits for the server to end; true when it has. */
  public boolean awaitExit(Duration timeout) {
    try {
      return shell.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw ServerException.interrupted("process " + pid() + " to end", e);
    }
  }

  /** Returns the last lines of the log, for an error message. */
  public String logTail() {
    return tail(log);
  }

  /** Returns the last lines of a log, for an error message. */
  public static String tail(Path log) {
    try {
      List<String> lines = Files.readAllLines(log, StandardCharsets.ISO_8859_1);
      return "Last lines of %s:%n%s"
          .formatted(
              log,
              String.join(
                  System.lineSeparator(),
                  lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size())));
    } catch (IOException e) {
      return "Its log " + log + " cannot be read: " + e;
    }
  }

  private void requireAlive(String done) {
    if (!isAlive()) {
      throw new ServerException(
          "Process %d has ended and cannot be %s; call restart() first. %s"
              .formatted(pid(), done, logTail()));
    }
  }
}
