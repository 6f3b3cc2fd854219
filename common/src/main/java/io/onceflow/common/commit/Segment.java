package io.onceflow.common.commit;

import java.util.List;

/**
 * One subtask's sealed rows of one epoch. Plain data: it holds no handle and no connection.
 *
 * @param writer the nonce of the writer attempt that wrote it; files carry it in their names
 * @param subtask index of the writer's subtask, for messages only: it is not an identity
 * @param parts one part per target that got rows, in the order of the targets; PREPARED: upserts,
 *     and all rows of the attempt's first epoch
 * @param transaction PREPARED: the transaction with all other rows, or null when there were none
 */
public record Segment(
    String writer, int subtask, List<SegmentPart> parts, PreparedTransaction transaction) {

  /** Copies the list. */
  public Segment {
    parts = List.copyOf(parts);
  }

  /** Rows that wait in segments. */
  static Segment staged(String writer, int subtask, List<SegmentPart> parts) {
    return new Segment(writer, subtask, parts, null);
  }

  /** Rows that wait in a prepared transaction, and upserts that wait in segments. */
  static Segment prepared(
      String writer, int subtask, List<SegmentPart> parts, PreparedTransaction transaction) {
    return new Segment(writer, subtask, parts, transaction);
  }
}
