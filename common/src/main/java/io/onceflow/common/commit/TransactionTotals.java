package io.onceflow.common.commit;

import java.util.List;

/**
 * What a transaction's marker says about its rows.
 *
 * @param bytes encoded bytes of all rows
 * @param checksum one number over all encoded rows, in order per target
 * @param watermarkMs the writer's watermark at the barrier
 * @param rowsByTarget rows handed in, by the index of the target
 * @param sumsByTarget the {@link RowSum} of those rows, by the index of the target; empty when not
 *     known
 */
public record TransactionTotals(
    long bytes, long checksum, long watermarkMs, List<Long> rowsByTarget, List<Long> sumsByTarget) {

  /** Copies the lists. */
  public TransactionTotals {
    rowsByTarget = List.copyOf(rowsByTarget);
    sumsByTarget = List.copyOf(sumsByTarget);
  }

  /** Totals without sums over rows. */
  public TransactionTotals(long bytes, long checksum, long watermarkMs, List<Long> rowsByTarget) {
    this(bytes, checksum, watermarkMs, rowsByTarget, List.of());
  }

  /** Rows of all targets. */
  public long rows() {
    return rowsByTarget.stream().mapToLong(Long::longValue).sum();
  }
}
