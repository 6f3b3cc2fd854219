package io.onceflow.common.commit.inspect;

import java.time.Instant;

/**
 * A row that its target refused.
 *
 * @param id the store's number of it
 * @param sinkId the sink
 * @param epoch the epoch it was committed with
 * @param target the table it was meant for
 * @param code the store's or the mapping's code of the reason
 * @param reason the reason
 * @param row the row as text
 * @param createdAt when
 * @param settled {@code replayed}, {@code discarded}, or null
 * @param settledAt when it was settled, or null
 */
public record DeadLetterRow(
    long id,
    String sinkId,
    long epoch,
    String target,
    String code,
    String reason,
    String row,
    Instant createdAt,
    String settled,
    Instant settledAt) {

  /**
   * Whether the row is a JSON object, as rows are that the server refused; only those can be
   * inserted again. A row that the mapping refused is the value's own text.
   */
  public boolean isReplayable() {
    return row != null && row.startsWith("{") && target != null;
  }
}
