package io.onceflow.testbed.servers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The account a server runs under: this process's own, or {@code nobody} where this process is root
 * and the server refuses root, as PostgreSQL and MariaDB do.
 *
 * @param switched whether commands are started as another user
 */
record ServerAccount(boolean switched) {
  /** The uid and gid of {@code nobody} on every Linux; it needs no entry in /etc/passwd. */
  private static final int NOBODY = 65_534;

  static ServerAccount unprivileged() {
    try {
      return new ServerAccount((int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0);
    } catch (IOException e) {
      throw new ServerException("/proc/self cannot be read; is /proc mounted?", e);
    }
  }

  /** Returns the command as this account runs it; the pid stays the same, setpriv calls exec. */
  List<String> command(List<String> command) {
    if (!switched) {
      return command;
    }
    List<String> full =
        new ArrayList<>(
            List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups", "--"));
    full.addAll(command);
    return full;
  }

  /** Gives the file or the whole directory to this account. */
  void own(Path path) throws IOException {
    if (!switched) {
      return;
    }
    try (Stream<Path> all = Files.walk(path)) {
      for (Path file : (Iterable<Path>) all::iterator) {
        Files.setAttribute(file, "unix:uid", NOBODY, LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(file, "unix:gid", NOBODY, LinkOption.NOFOLLOW_LINKS);
      }
    }
  }

  /** Tells whether this account can work in the directory: every directory above must let it in. */
  boolean canEnter(Path directory) {
    if (!switched) {
      return true;
    }
    try {
      return new ProcessBuilder(
                  command(List.of("/bin/sh", "-c", "test -x \"$1\"", "sh", directory.toString())))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      throw new ServerException(
          "The server refuses to run as root and setpriv (package util-linux) is not there to switch"
              + " to another user; install it or run as an ordinary user.",
          e);
    } catch (InterruptedException e) {
      throw ServerException.interrupted("setpriv", e);
    }
  }
}
