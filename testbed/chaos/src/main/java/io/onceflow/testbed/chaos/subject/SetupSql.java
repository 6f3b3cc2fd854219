package io.onceflow.testbed.chaos.subject;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The SQL files that users run, found from wherever the campaign was started in the project. */
final class SetupSql {

  private static final Path DIRECTORY = Path.of("flink-conf", "sql");

  private SetupSql() {}

  static String read(String file) {
    try {
      return Files.readString(directory().resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path directory() {
    var here = Path.of("").toAbsolutePath();
    for (var place = here; place != null; place = place.getParent()) {
      if (Files.isDirectory(place.resolve(DIRECTORY))) {
        return place.resolve(DIRECTORY);
      }
    }
    throw new IllegalStateException(
        "No %s was found above %s; start the campaign inside the project."
            .formatted(DIRECTORY, here));
  }
}
