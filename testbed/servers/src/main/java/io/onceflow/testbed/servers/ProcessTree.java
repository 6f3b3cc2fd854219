package io.onceflow.testbed.servers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A process and everything it forked, as Linux signals see it.
 *
 * <p>A zombie counts as gone: in a container whose first process never reaps, a killed orphan stays
 * in the process table for ever, yet it holds no file, port or memory.
 *
 * @param root the process at the top
 */
record ProcessTree(long root) {
  private static final Duration POLL = Duration.ofMillis(10);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

  /** Returns the root and its living descendants, parents first. */
  List<Long> pids() {
    List<Long> pids = new ArrayList<>(List.of(root));
    ProcessHandle.of(root)
        .ifPresent(handle -> handle.descendants().map(ProcessHandle::pid).forEach(pids::add));
    return pids.stream().filter(ProcessTree::isRunning).toList();
  }

  /**
   * Stops every process of the tree where it stands; the root first, so that it forks no more.
   * Returns when all their threads stand: on a busy machine a thread that waits for a core may go
   * on for a while after the signal was sent.
   */
  void pause() {
    signal("STOP", List.of(root));
    List<Long> pids = pids();
    signal("STOP", pids);
    long deadline = System.nanoTime() + STOP_TIMEOUT.toNanos();
    while (!pids.stream().allMatch(ProcessTree::stands) && System.nanoTime() < deadline) {
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  private static boolean stands(long pid) {
    try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
      return threads
          .map(thread -> state(thread.resolve("stat")))
          .allMatch(s -> "TtZX".indexOf(s) >= 0);
    } catch (IOException gone) {
      return true;
    }
  }

  void resume() {
    signal("CONT", pids());
  }

  /** Kills the whole tree and returns when all of it is gone. */
  void kill(Duration timeout) {
    pause();
    List<Long> pids = pids();
    signal("KILL", pids);
    awaitGone(pids, timeout);
  }

  static boolean isRunning(long pid) {
    char state = state(Path.of("/proc", Long.toString(pid), "stat"));
    return state != 'Z' && state != 'X';
  }

  /** Whether a signal has stopped the process and none has continued it. */
  static boolean isStopped(long pid) {
    return state(Path.of("/proc", Long.toString(pid), "stat")) == 'T';
  }

  /** The state that Linux shows for a process or thread; X when it is gone. */
  private static char state(Path stat) {
    try {
      String line = Files.readString(stat);
      return line.charAt(line.lastIndexOf(')') + 2);
    } catch (IOException gone) {
      return 'X';
    }
  }

  static void awaitGone(List<Long> pids, Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (pids.stream().anyMatch(ProcessTree::isRunning)) {
      if (System.nanoTime() > deadline) {
        throw new ServerException(
            "Processes %s are still there %d s after SIGKILL; a process in uninterruptible I/O shows as D in `ps`."
                .formatted(
                    pids.stream().filter(ProcessTree::isRunning).toList(), timeout.toSeconds()));
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  /**
   * Sends a signal by the shell's own kill, which needs no package; those already gone are fine.
   */
  static void signal(String signal, List<Long> pids) {
    List<String> command =
        new ArrayList<>(List.of("/bin/sh", "-c", "kill -s \"$@\"", "kill", signal));
    pids.forEach(pid -> command.add(Long.toString(pid)));
    try {
      new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException e) {
      throw new ServerException("SIG%s could not be sent to %s.".formatted(signal, pids), e);
    } catch (InterruptedException e) {
      throw ServerException.interrupted("SIG" + signal + " to be sent", e);
    }
  }
}
