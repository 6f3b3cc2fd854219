package io.onceflow.common.commit;

import java.util.List;

/**
 * All rows between two checkpoints that one transaction of the store applies: the committable of
 * strategy STAGED. Plain data; from the moment its checkpoint completes it can always be committed,
 * by any attempt, any number of times.
 *
 * @param sinkId whose epoch it is
 * @param lineage the history it belongs to
 * @param checkpointId the checkpoint that made it durable
 * @param previousCheckpointId the epoch before it in this history, 0 for none: the store commits an
 *     epoch only right after that one
 * @param scope whether it is the whole sink's epoch or one subtask's part
 * @param subtask the gatherer's subtask: 0 unless the scope is SUBTASK
 * @param transactionId its identity: {@code of.<sinkId>.<incarnation>.<subtask>.<seq>}; never
 *     reused, never derived from a checkpoint id
 * @param watermarkMs event time up to which the input is complete, in milliseconds, or {@link
 *     Long#MIN_VALUE}
 * @param preparedAtMs wall clock of the gatherer when it sealed the epoch, for latency figures only
 * @param restorePath where a checkpoint that includes this epoch is found, or an empty string
 * @param parts the rows, in the order in which they are applied
 */
public record Epoch(
    SinkId sinkId,
    String lineage,
    long checkpointId,
    long previousCheckpointId,
    CommitScope scope,
    int subtask,
    String transactionId,
    long watermarkMs,
    long preparedAtMs,
    String restorePath,
    List<SegmentPart> parts) {

  /** Copies the list. */
  public Epoch {
    parts = List.copyOf(parts);
  }

  /** Rows in all parts. */
  public long rows() {
    return parts.stream().mapToLong(SegmentPart::rows).sum();
  }

  /** Bytes in all parts. */
  public long bytes() {
    return parts.stream().mapToLong(SegmentPart::bytes).sum();
  }

  /** One number over the checksums of all parts, in order. */
  public long checksum() {
    return parts.stream().mapToLong(SegmentPart::crc32c).reduce(1, (sum, crc) -> 31 * sum + crc);
  }
}
