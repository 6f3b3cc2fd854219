package io.onceflow.testbed.servers;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The Redis server of the class path (6.2.11), unpacked once per user. Nothing of the jar's own
 * launcher is used.
 *
 * <p>It links against libssl3, which every Debian 12 and Ubuntu 24.04 has.
 */
final class RedisBinaries {
  private static final String RESOURCE = "/redis-server-6.2.6-v5-linux-amd64";
  private static final String SERVER = "redis-server";

  private RedisBinaries() {}

  /** Returns the server's program. */
  static synchronized Path server() {
    try {
      return Directories.sharedOnce("redis", RESOURCE.substring(1), RedisBinaries::unpack)
          .resolve(SERVER);
    } catch (IOException e) {
      throw new ServerException(
          "The Redis server could not be unpacked below %s; is there room for 10 MB?"
              .formatted(System.getProperty("java.io.tmpdir")),
          e);
    }
  }

  private static void unpack(Path home) throws IOException {
    try (InputStream content = RedisBinaries.class.getResourceAsStream(RESOURCE)) {
      if (content == null) {
        throw new ServerException(
            "%s is not on the class path; add com.github.codemonstur:embedded-redis."
                .formatted(RESOURCE));
      }
      Path server = home.resolve(SERVER);
      Files.copy(content, server);
      Files.setPosixFilePermissions(server, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }
}
