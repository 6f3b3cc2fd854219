package io.onceflow.testbed.cluster.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
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
   * @param job whose latest
   * @throws UsageException when it is a local one and not there
   */
  static String find(String from, Path dataDirectory, String job) {
    if (from.equals("latest")) {
      return latest(dataDirectory, job);
    }
    if (from.matches("[a-z0-9+.-]+:.*") && !from.startsWith("file:")) {
      return from;
    }
    // Flink prints what it reads: nothing in it is encoded.
    Path path = Path.of(new org.apache.flink.core.fs.Path(from).getPath());
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

  /** Notes which id a submission has given to a job: Flink names its directories by that. */
  static void note(Path dataDirectory, String job, String id) {
    Path ids = ids(dataDirectory, job);
    try {
      Files.createDirectories(ids.getParent());
      Files.writeString(ids, id + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(ids + " cannot be written.", e);
    }
  }

  private static Path ids(Path dataDirectory, String job) {
    return dataDirectory.resolve("jobs").resolve(job);
  }

  /** Of those that {@link #note} has told of. */
  private static boolean isOf(List<String> ids, Path metadata) {
    String directory = metadata.getParent().getFileName().toString();
    String above = metadata.getParent().getParent().getFileName().toString();
    return ids.stream()
        .anyMatch(
            id ->
                above.equals(id) || directory.startsWith("savepoint-" + id.substring(0, 6) + "-"));
  }

  private static String latest(Path dataDirectory, String job) {
    try (Stream<Path> savepoints = metadata(dataDirectory.resolve("savepoints"));
        Stream<Path> checkpoints = metadata(dataDirectory.resolve("checkpoints"))) {
      Path noted = ids(dataDirectory, job);
      List<String> ids = Files.exists(noted) ? Files.readAllLines(noted) : List.of();
      return Stream.concat(savepoints, checkpoints)
          .filter(metadata -> isOf(ids, metadata))
          .max(Comparator.comparing(Snapshots::modified))
          .map(metadata -> metadata.getParent().toString())
          .orElseThrow(
              () ->
                  new UsageException(
                      "There is no savepoint and no checkpoint of job %s in %s yet."
                          .formatted(job, Repository.shown(dataDirectory))));
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
