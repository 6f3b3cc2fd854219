package io.onceflow.testbed.chaos.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Writes {@code report.md} and {@code report.html} from the histories under a directory. */
public final class ReportFiles {

  /** The name of a history's file. */
  public static final String HISTORY = "history.jsonl";

  private ReportFiles() {}

  /** Whether there is something to report. */
  public static boolean areThere(Path directory) {
    try (Stream<Path> files = Files.walk(directory, 4)) {
      return files.anyMatch(file -> file.getFileName().toString().equals(HISTORY));
    } catch (IOException e) {
      return false;
    }
  }

  /** Reads all histories below the directory, in the order of their paths; returns the page. */
  public static Path write(Path directory) {
    try (Stream<Path> files = Files.walk(directory, 4)) {
      var stories =
          files
              .filter(file -> file.getFileName().toString().equals(HISTORY))
              .sorted()
              .map(History::read)
              .map(CampaignStory::of)
              .toList();
      return write(directory, stories);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "The report in %s could not be written.".formatted(directory), e);
    }
  }

  private static Path write(Path directory, List<CampaignStory> stories) throws IOException {
    if (stories.isEmpty()) {
      throw new IllegalArgumentException(
          "There is no %s below %s; name the directory of a campaign."
              .formatted(HISTORY, directory));
    }
    Files.writeString(directory.resolve("report.md"), MarkdownReport.of(stories));
    return Files.writeString(directory.resolve("report.html"), HtmlReport.of(stories));
  }
}
