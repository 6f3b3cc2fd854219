package io.onceflow.testbed.chaos.campaign;

import io.onceflow.testbed.servers.Directories;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Deletes the data of a campaign in which nothing was found; histories and reports stay. */
final class Leftovers {

  private Leftovers() {}

  /** Whether nothing is in the directory, or it is not there. */
  static boolean isEmpty(Path directory) {
    String[] names = directory.toFile().list();
    return !Files.exists(directory) || (names != null && names.length == 0);
  }

  static void delete(CampaignFiles files) {
    List.of(
            files.cluster(),
            files.servers(),
            files.control(),
            files.checkpoints(),
            files.savepoints(),
            files.highAvailability())
        .forEach(Leftovers::delete);
  }

  private static void delete(Path directory) {
    try {
      Directories.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException("%s could not be deleted.".formatted(directory), e);
    }
  }
}
