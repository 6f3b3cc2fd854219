package io.onceflow.common.commit;

import java.util.List;

/**
 * One subtask's sealed rows of one epoch. Plain data: it holds no handle and no connection.
 *
 * @param writer the nonce of the writer attempt that wrote it; files carry it in their names
 * @param subtask index of the writer's subtask, for messages only: it is not an identity
 * @param parts one part per target that got rows, in the order of the targets
 */
public record Segment(String writer, int subtask, List<SegmentPart> parts) {

  /** Copies the list. */
  public Segment {
    parts = List.copyOf(parts);
  }
}
