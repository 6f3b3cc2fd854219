package io.onceflow.testbed.servers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Data below {@code java.io.tmpdir} of servers whose own directory their account cannot enter, one
 * below /root (mode 0700) for example. A link in the own directory leads here.
 *
 * <p>Beside each directory a file says where that link is. When the link is gone, as after a test
 * with a temporary directory, so is the need for the data: the next caller deletes them.
 */
final class DisplacedData {
  /** Of the servers whose data may be here; PostgreSQL's name is fixed. */
  static final String MARIADB_PID_FILE = "mariadbd.pid";

  static final String REDIS_PID_FILE = "redis.pid";

  static final String RABBITMQ_PID_FILE = "rabbitmq.pid";

  private static final List<String> PID_FILES =
      List.of("postmaster.pid", MARIADB_PID_FILE, REDIS_PID_FILE, RABBITMQ_PID_FILE);
  private static final String LINK_SUFFIX = ".link";

  private DisplacedData() {}

  /** Makes an empty directory, links to it, and returns it. */
  static Path linkedFrom(Path link) throws IOException {
    Path base = Directories.shared("data");
    deleteForgotten(base);
    Path data = Directories.open(base.resolve(UUID.randomUUID().toString()));
    Files.createSymbolicLink(link, data);
    // Last: without this file nobody takes the directory for forgotten.
    Files.writeString(base.resolve(data.getFileName() + LINK_SUFFIX), link.toString());
    return data;
  }

  private static void deleteForgotten(Path base) throws IOException {
    List<Path> notes;
    try (Stream<Path> all = Files.list(base)) {
      notes = all.filter(path -> path.toString().endsWith(LINK_SUFFIX)).toList();
    }
    for (Path note : notes) {
      String name = note.getFileName().toString();
      Path data = base.resolve(name.substring(0, name.length() - LINK_SUFFIX.length()));
      if (!isLinked(note, data) && !isServed(data)) {
        delete(note, data);
      }
    }
  }

  /** Of JVMs that come at the same time, the one whose rename succeeds deletes. */
  private static void delete(Path note, Path data) throws IOException {
    Path claimed = note.resolveSibling(note.getFileName() + ".deleting");
    try {
      Files.move(note, claimed, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException anotherWasFaster) {
      return;
    }
    Directories.delete(data);
    Files.delete(claimed);
  }

  private static boolean isLinked(Path note, Path data) throws IOException {
    try {
      Path link = Path.of(Files.readString(note));
      return Files.exists(link, LinkOption.NOFOLLOW_LINKS)
          && Files.readSymbolicLink(link).equals(data);
    } catch (NoSuchFileException anotherWasFaster) {
      return false;
    }
  }

  /** The server may outlive its link by a little. */
  private static boolean isServed(Path data) throws IOException {
    for (String name : PID_FILES) {
      if (isServed(data.resolve("data"), name)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isServed(Path data, String pidFile) throws IOException {
    try (Stream<String> lines = Files.lines(data.resolve(pidFile))) {
      return ProcessTree.isRunning(Long.parseLong(lines.findFirst().orElse("0").trim()));
    } catch (NoSuchFileException stopped) {
      return false;
    }
  }
}
