package io.onceflow.common.sink.redis;

import io.onceflow.common.commit.Epoch;
import java.io.IOException;

/**
 * How far an epoch of several chunks is applied, by rows: whoever goes on may use other chunks.
 * Until its marker is there it counts as begun, and a start from an older checkpoint is a rewind.
 *
 * @param field of the sink's record in which it is kept: one for each subtask that commits
 * @param transactionId the epoch
 * @param lineage the history it belongs to
 * @param checkpointId its checkpoint
 * @param rows applied
 * @param rejected dead letters among them
 * @param restorePath where the checkpoint is found, or an empty text
 */
record Progress(
    String field,
    String transactionId,
    String lineage,
    long checkpointId,
    long rows,
    long rejected,
    String restorePath) {

  static final String PREFIX = "pending.";

  /** Claims a sink: no epoch at all. */
  static final Progress NONE = new Progress(PREFIX + "none", "-", "-", 0, 0, 0, "");

  private static final int FIELDS = 6;

  static String field(Epoch epoch) {
    return PREFIX + epoch.subtask();
  }

  static Progress begin(Epoch epoch) {
    return new Progress(
        field(epoch),
        epoch.transactionId(),
        epoch.lineage(),
        epoch.checkpointId(),
        0,
        0,
        epoch.restorePath());
  }

  static Progress read(String field, String text) throws IOException {
    var words = text.split(" ", FIELDS);
    try {
      return new Progress(
          field,
          words[0],
          words[1],
          Long.parseLong(words[2]),
          Long.parseLong(words[3]),
          Long.parseLong(words[4]),
          words[5]);
    } catch (ArrayIndexOutOfBoundsException | NumberFormatException e) {
      throw new IOException("Field %s is not what this library writes.".formatted(field), e);
    }
  }

  Progress plus(long moreRows, long moreRejected) {
    return new Progress(
        field,
        transactionId,
        lineage,
        checkpointId,
        rows + moreRows,
        rejected + moreRejected,
        restorePath);
  }

  boolean isOf(Epoch epoch) {
    return transactionId.equals(epoch.transactionId());
  }

  /** What stands before the two numbers that the script may have to write. */
  String head() {
    return "%s %s %d".formatted(transactionId, lineage, checkpointId);
  }

  String text() {
    return "%s %d %d %s".formatted(head(), rows, rejected, restorePath);
  }
}
