package io.onceflow.tool;

import io.onceflow.common.commit.Epoch;
import java.util.List;
import java.util.Set;

/**
 * What one checkpoint or savepoint holds of one sink.
 *
 * @param path as the user named it
 * @param checkpointId its number
 * @param lineage the history it belongs to
 * @param epochs what the committer still has to commit when it is restored, oldest first
 * @param decided transactions that a decision register has recorded COMMIT for; also of histories
 *     that the sink has left, whose epochs are not here
 */
record CheckpointView(
    String path, long checkpointId, String lineage, List<Epoch> epochs, Set<String> decided) {

  CheckpointView {
    epochs = List.copyOf(epochs);
    decided = Set.copyOf(decided);
  }

  /** Without a decision register. */
  CheckpointView(String path, long checkpointId, String lineage, List<Epoch> epochs) {
    this(path, checkpointId, lineage, epochs, Set.of());
  }
}
