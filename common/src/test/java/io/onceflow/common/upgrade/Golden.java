package io.onceflow.common.upgrade;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A committed text that says how things were when it was last accepted.
 *
 * <p>It never changes by itself: only a run with {@code -Donceflow.accept} rewrites it, and the
 * difference is then part of a commit that somebody reads.
 *
 * @param file the committed text
 */
public record Golden(Path file) {

  /** Set to anything, it accepts what is there now. */
  public static final String ACCEPT = "onceflow.accept";

  /** The operators of a job, such as {@code ledger}; for tests of any module two folders deep. */
  public static Golden operators(String job) {
    return of(job, "operators");
  }

  /** The states of a job. */
  public static Golden states(String job) {
    return of(job, "states");
  }

  private static Golden of(String job, String what) {
    return new Golden(
        Path.of("../../jobs/%1$s/src/test/resources/graph/%1$s-%2$s.txt".formatted(job, what)));
  }

  /**
   * Compares, after accepting when told to.
   *
   * @return what differs, or an empty text
   */
  public String check(String actual) throws IOException {
    if (System.getProperty(ACCEPT) != null) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, actual);
    }
    return difference(actual);
  }

  /** Compares and never accepts: what differs, or an empty text. */
  public String difference(String actual) throws IOException {
    return difference(Files.exists(file) ? Files.readString(file) : "", actual);
  }

  private String difference(String golden, String actual) {
    List<String> lines = changes(golden.lines().toList(), actual.lines().toList());
    if (lines.isEmpty()) {
      return "";
    }
    return """
        A savepoint of the job before this change may not restore as before:
        %s
        - is in %s, + is what the code makes now. An operator that lost its uid or a state that lost its name \
        starts empty. If it is meant, read docs/operate.md ('Upgrade the job'), accept it by running this test with \
        -D%s, and commit the file."""
        .formatted(String.join("\n", lines), file.getFileName(), ACCEPT);
  }

  /** The longest common subsequence stays, with the operator above each change. */
  private static List<String> changes(List<String> before, List<String> after) {
    int[][] common = new int[before.size() + 1][after.size() + 1];
    for (int i = before.size() - 1; i >= 0; i--) {
      for (int j = after.size() - 1; j >= 0; j--) {
        common[i][j] =
            before.get(i).equals(after.get(j))
                ? common[i + 1][j + 1] + 1
                : Math.max(common[i + 1][j], common[i][j + 1]);
      }
    }
    List<String> changes = new ArrayList<>();
    String header = "";
    int i = 0;
    int j = 0;
    while (i < before.size() || j < after.size()) {
      if (i < before.size() && j < after.size() && before.get(i).equals(after.get(j))) {
        header = before.get(i).startsWith(" ") ? header : before.get(i);
        i++;
        j++;
        continue;
      }
      if (!header.isEmpty()) {
        changes.add("  " + header);
        header = "";
      }
      boolean removed =
          j == after.size() || i < before.size() && common[i + 1][j] >= common[i][j + 1];
      changes.add(removed ? "- " + before.get(i++) : "+ " + after.get(j++));
    }
    return changes;
  }
}
