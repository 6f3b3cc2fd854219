package io.onceflow.testbed.chaos.campaign;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The state that Linux shows for a process. */
final class ProcessState {

  private ProcessState() {}

  /** Whether a signal has stopped it and none has continued it. */
  static boolean isStopped(long pid) {
    try {
      var line = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      return line.charAt(line.lastIndexOf(')') + 2) == 'T';
    } catch (IOException gone) {
      return false;
    }
  }
}
