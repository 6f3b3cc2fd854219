package io.onceflow.testbed.cluster.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** Where a job can go on from. */
final class Snapshots {
  private static final String METADATA = "_metadata";
  private static final int DEPTH = 4;

  private Snapshots() {}

  /**
   * Returns the snapshot the user means.
   *
   * @param from a directory with {@code _metadata}, a URI, or {@code latest}
   * @throws UsageException when it is a local one and not there
   */
  static String find(String from, Path dataDirectory) {
    if (from.equals("latest")) {
      return latest(dataDirectory);
    }
    if (from.matches("[a-z0-9+.-]+:.*") && !from.startsWith("file:")) {
      return from;
    }
    Path path = from.startsWith("file:") ? Path.of(URI.create(from).getPath()) : Path.of(from);
    if (!Files.isReadable(path.resolve(METADATA))) {
      throw new UsageException(
          "%s is no savepoint: there is no %s. Savepoints are in %s, or say FROM=latest."
              .formatted(
                  from,
                  path.resolve(METADATA),
                  Repository.shown(dataDirectory.resolve("savepoints"))));
    }
    return path.toAbsolutePath().normalize().toString();
  }

  private static String latest(Path dataDirectory) {
    try (Stream<Path> savepoints = metadata(dataDirectory.resolve("savepoints"));
        Stream<Path> checkpoints = metadata(dataDirectory.resolve("checkpoints"))) {
      return Stream.concat(savepoints, checkpoints)
          .max(Comparator.comparing(Snapshots::modified))
          .map(metadata -> metadata.getParent().toString())
          .orElseThrow(
              () ->
                  new UsageException(
                      "There is no savepoint and no checkpoint in %s yet."
                          .formatted(Repository.shown(dataDirectory))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stream<Path> metadata(Path directory) throws IOException {
    return Files.isDirectory(directory)
        ? Files.find(directory, DEPTH, (path, attributes) -> path.endsWith(METADATA))
        : Stream.empty();
  }

  private static long modified(Path file) {
    return file.toFile().lastModified();
  }
}
