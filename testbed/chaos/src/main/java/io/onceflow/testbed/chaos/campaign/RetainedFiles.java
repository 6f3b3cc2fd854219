package io.onceflow.testbed.chaos.campaign;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** Checkpoints and savepoints as an operator finds them on the disk. */
final class RetainedFiles {
  private static final String CHECKPOINT = "chk-";
  private static final String METADATA = "_metadata";

  private RetainedFiles() {}

  /** The newest checkpoint of a job that is whole. */
  static Optional<Path> newestCheckpoint(Path checkpoints, String jobId) {
    return whole(checkpoints.resolve(jobId), CHECKPOINT)
        .max(Comparator.comparingLong(RetainedFiles::number));
  }

  /**
   * The savepoint of a job that was written last.
   *
   * @param since what was whole before, such as those of a storm, does not count
   */
  static Optional<Path> newestSavepoint(Path savepoints, String jobId, Instant since) {
    // Flink's savepoints begin with the first six digits of the job's id.
    return whole(savepoints, "savepoint-" + jobId.substring(0, 6))
        .filter(savepoint -> modified(savepoint) >= since.toEpochMilli())
        .max(Comparator.comparingLong(RetainedFiles::modified));
  }

  private static Stream<Path> whole(Path directory, String prefix) {
    if (!Files.isDirectory(directory)) {
      return Stream.empty();
    }
    try (Stream<Path> children = Files.list(directory)) {
      return children
          .filter(child -> child.getFileName().toString().startsWith(prefix))
          .filter(RetainedFiles::hasMetadata)
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException("%s cannot be read.".formatted(directory), e);
    }
  }

  private static boolean hasMetadata(Path snapshot) {
    try {
      return Files.size(snapshot.resolve(METADATA)) > 0;
    } catch (IOException absent) {
      return false;
    }
  }

  private static long number(Path checkpoint) {
    return Long.parseLong(checkpoint.getFileName().toString().substring(CHECKPOINT.length()));
  }

  private static long modified(Path snapshot) {
    return snapshot.resolve(METADATA).toFile().lastModified();
  }
}
