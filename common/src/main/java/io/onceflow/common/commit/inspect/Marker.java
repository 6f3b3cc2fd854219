package io.onceflow.common.commit.inspect;

import java.time.Instant;
import java.util.Map;

/**
 * The proof that a transaction was committed.
 *
 * @param sinkId whose it is
 * @param epoch the store's own number of it
 * @param lineage the history, or null when its epoch is not finished yet
 * @param checkpointId the checkpoint, or null when its epoch is not finished yet
 * @param subtask 0 unless each subtask has its own
 * @param transactionId the transaction
 * @param rows rows sealed for all targets
 * @param bytes their encoded length
 * @param checksum one number over the encoded rows
 * @param rejected rows that became dead letters
 * @param rowsByTarget rows sealed for each target
 * @param watermark event time up to which the input was complete, or null
 * @param preparedAt when it was sealed
 * @param committedAt when it was committed
 */
public record Marker(
    String sinkId,
    long epoch,
    String lineage,
    Long checkpointId,
    int subtask,
    String transactionId,
    long rows,
    long bytes,
    long checksum,
    long rejected,
    Map<String, Long> rowsByTarget,
    Instant watermark,
    Instant preparedAt,
    Instant committedAt) {

  /** Copies the map. */
  public Marker {
    rowsByTarget = Map.copyOf(rowsByTarget);
  }
}
