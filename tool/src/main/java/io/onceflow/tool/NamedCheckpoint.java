package io.onceflow.tool;

import java.io.IOException;
import java.util.List;
import org.apache.flink.core.fs.Path;

/**
 * The checkpoint that a person names as the newest completed one.
 *
 * @param path its directory, or the {@code _metadata} file in it
 * @param newest whether the person has confirmed that nothing newer was completed, where the tool
 *     cannot see it
 */
record NamedCheckpoint(String path, boolean newest) {

  private static final String METADATA = "_metadata";

  /**
   * Why it may not be the newest. Checkpoints lie beside each other, so a newer one is seen; where
   * a savepoint lies says nothing.
   *
   * @param checkpointId its number, as it says itself
   */
  List<String> doubts(long checkpointId) {
    var directory = directory();
    var parent = directory.getParent();
    if (parent == null || !isCheckpoint(directory.getName())) {
      return unlessConfirmed(
          "%s is a savepoint, or was moved, so it does not show whether checkpoint %d is the newest: look for newer checkpoints and savepoints of the job, and confirm with --newest that none was completed."
              .formatted(path, checkpointId));
    }
    try {
      return newerIn(parent, checkpointId);
    } catch (IOException e) {
      return unlessConfirmed(
          "%s cannot be listed (%s), so a newer checkpoint than %d may lie there: make it readable, or look yourself and confirm with --newest that none was completed."
              .formatted(parent, e.getMessage(), checkpointId));
    }
  }

  private Path directory() {
    var named = new Path(path);
    var parent = named.getParent();
    return named.getName().equals(METADATA) && parent != null ? parent : named;
  }

  private static boolean isCheckpoint(String name) {
    return name.matches("chk-\\d{1,18}");
  }

  private List<String> unlessConfirmed(String doubt) {
    return newest ? List.of() : List.of(doubt);
  }

  /** No confirmation counts against what lies there. */
  private static List<String> newerIn(Path parent, long checkpointId) throws IOException {
    var beside = parent.getFileSystem().listStatus(parent);
    if (beside == null) {
      // So the local file system says that it is not there, or may not be read.
      throw new IOException("it is not there, or may not be read");
    }
    for (var status : beside) {
      var name = status.getPath().getName();
      if (isCheckpoint(name)
          && Long.parseLong(name.substring(4)) > checkpointId
          && parent.getFileSystem().exists(new Path(status.getPath(), METADATA))) {
        return List.of(
            "%s lies beside checkpoint %d and is newer: name that one, or move it away if it was never completed."
                .formatted(status.getPath(), checkpointId));
      }
    }
    return List.of();
  }
}
