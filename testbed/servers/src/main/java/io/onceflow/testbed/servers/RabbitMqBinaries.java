package io.onceflow.testbed.servers;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The RabbitMQ of this machine: there is none on Maven Central, and it needs Erlang. */
final class RabbitMqBinaries {
  /** Where the packages of Debian and Ubuntu, and RabbitMQ's own, put it. */
  private static final Path INSTALLED = Path.of("/usr/lib/rabbitmq/lib");

  private static final String SERVER = "sbin/rabbitmq-server";

  private RabbitMqBinaries() {}

  /** Returns the script that starts the server, of the newest release that is installed. */
  static Path server() {
    List<Path> found = new ArrayList<>();
    if (Files.isDirectory(INSTALLED)) {
      try (DirectoryStream<Path> releases =
          Files.newDirectoryStream(INSTALLED, "rabbitmq_server-*")) {
        releases.forEach(
            release -> {
              if (Files.isExecutable(release.resolve(SERVER))) {
                found.add(release);
              }
            });
      } catch (IOException e) {
        throw new ServerException("%s cannot be read.".formatted(INSTALLED), e);
      }
    }
    return found.stream()
        .max(RabbitMqBinaries::compareReleases)
        .orElseThrow(
            () ->
                new ServerException(
                    "RabbitMQ is not installed: there is no %s/rabbitmq_server-*/%s. Install it with scripts/ensure-rabbitmq as root, or: apt-get install rabbitmq-server"
                        .formatted(INSTALLED, SERVER)))
        .resolve(SERVER);
  }

  /** Returns the script that talks to a server. */
  static Path control() {
    return server().resolveSibling("rabbitmqctl");
  }

  private static int compareReleases(Path one, Path other) {
    return Runtime.Version.parse(release(one)).compareTo(Runtime.Version.parse(release(other)));
  }

  private static String release(Path home) {
    String name = home.getFileName().toString();
    return name.substring(name.indexOf('-') + 1);
  }
}
