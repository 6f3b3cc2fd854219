package io.onceflow.testbed.servers;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Where servers keep their things. */
public final class Directories {
  private Directories() {}

  /** Creates {@code target/servers/<name>-<random>} below the working directory. */
  static Path fresh(String name) {
    try {
      Path base = open(Path.of("target", "servers").toAbsolutePath());
      Path fresh = Files.createTempDirectory(base, name + "-");
      // Temporary directories are closed to others; the account of the server must get in.
      Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rwxr-xr-x"));
      return fresh;
    } catch (IOException e) {
      throw new ServerException(
          "No directory for %s could be made below target/servers; name one by directory(Path)."
              .formatted(name),
          e);
    }
  }

  /**
   * Returns a directory of this user below {@code java.io.tmpdir} that every account can enter and
   * only this one can change. Programs are run from there, so one made by somebody else is refused.
   */
  static Path shared(String name) throws IOException {
    Path base =
        Path.of(System.getProperty("java.io.tmpdir"), "onceflow-" + System.getProperty("user.name"))
            .toAbsolutePath();
    if (Files.notExists(base)) {
      try {
        Files.createDirectory(base);
        Files.setPosixFilePermissions(base, PosixFilePermissions.fromString("rwxr-xr-x"));
      } catch (FileAlreadyExistsException raced) {
        // Another JVM of this user was faster; whose it is, is checked next.
        requireOwn(base);
      }
    }
    requireOwn(base);
    return open(base.resolve(name));
  }

  /** Fills a directory. */
  interface Filling {
    void fill(Path directory) throws IOException;
  }

  /**
   * Returns {@code shared(kind)/name}, filled by whoever needs it first. It appears by one rename,
   * so JVMs that fill it at the same time do not meet a half filled one.
   */
  static Path sharedOnce(String kind, String name, Filling filling) throws IOException {
    Path home = shared(kind).resolve(name);
    if (Files.exists(home)) {
      return home;
    }
    Path unfinished = Files.createTempDirectory(home.getParent(), "unpacking-");
    filling.fill(unfinished);
    Files.setPosixFilePermissions(unfinished, PosixFilePermissions.fromString("rwxr-xr-x"));
    try {
      Files.move(unfinished, home, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException lostTheRace) {
      if (Files.notExists(home)) {
        throw lostTheRace;
      }
      delete(unfinished);
    }
    return home;
  }

  /** Creates the directory and those above it, each open for everybody to read, whatever umask. */
  static Path open(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      return directory;
    }
    open(directory.getParent());
    Files.createDirectories(directory);
    return Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static void requireOwn(Path base) throws IOException {
    Set<PosixFilePermission> permissions =
        Files.getPosixFilePermissions(base, LinkOption.NOFOLLOW_LINKS);
    boolean own =
        Files.getAttribute(base, "unix:uid", LinkOption.NOFOLLOW_LINKS)
            .equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    boolean closed =
        !permissions.contains(PosixFilePermission.OTHERS_WRITE)
            && Files.isDirectory(base, LinkOption.NOFOLLOW_LINKS);
    if (!own || !closed) {
      throw new ServerException(
          "%s belongs to another user or is open to others, so nothing is run from it; remove it or set -Djava.io.tmpdir."
              .formatted(base));
    }
  }

  /** Deletes the directory with all in it; what is not there is fine, links are not followed. */
  public static void delete(Path directory) throws IOException {
    if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    List<Path> deepestFirst;
    try (Stream<Path> all = Files.walk(directory)) {
      deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : deepestFirst) {
      Files.deleteIfExists(path);
    }
  }
}
