package io.onceflow.common.commit;

import java.util.List;

/**
 * All rows between two checkpoints that one transaction of the store applies: the committable of
 * strategy STAGED, and of PREPARED with the transactions that hold most of its rows. Plain data;
 * from the moment its checkpoint completes it can always be committed, by any attempt, any number
 * of times.
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
 * @param parts the rows, in the order in which they are applied; PREPARED: upserts, and all rows of
 *     an attempt's first epoch
 * @param transactions PREPARED: the transactions that hold all other rows
 * @param orphans PREPARED: transactions of earlier attempts, to be rolled back once this epoch is
 *     committed
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
    List<SegmentPart> parts,
    List<PreparedTransaction> transactions,
    List<String> orphans) {

  /** Copies the lists. */
  public Epoch {
    parts = List.copyOf(parts);
    transactions = List.copyOf(transactions);
    orphans = List.copyOf(orphans);
  }

  /** The same epoch with other rows in it. */
  public Epoch with(
      List<SegmentPart> otherParts,
      List<PreparedTransaction> otherTransactions,
      List<String> otherOrphans) {
    return new Epoch(
        sinkId,
        lineage,
        checkpointId,
        previousCheckpointId,
        scope,
        subtask,
        transactionId,
        watermarkMs,
        preparedAtMs,
        restorePath,
        otherParts,
        otherTransactions,
        otherOrphans);
  }

  /** What the epoch brings itself: its transactions have markers of their own. */
  public Epoch withoutTransactions() {
    return with(parts, List.of(), List.of());
  }

  /** Rows in all parts and transactions. */
  public long rows() {
    return parts.stream().mapToLong(SegmentPart::rows).sum()
        + transactions.stream().mapToLong(PreparedTransaction::rows).sum();
  }

  /** Bytes in all parts and transactions. */
  public long bytes() {
    return parts.stream().mapToLong(SegmentPart::bytes).sum()
        + transactions.stream().mapToLong(PreparedTransaction::bytes).sum();
  }

  /** One number over the checksums of all parts, in order. */
  public long checksum() {
    return parts.stream().mapToLong(SegmentPart::crc32c).reduce(1, (sum, crc) -> 31 * sum + crc);
  }
}
