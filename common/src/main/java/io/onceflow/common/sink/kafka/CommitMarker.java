package io.onceflow.common.sink.kafka;

import java.util.List;

/**
 * What the marker topic says of one committed epoch, written in the epoch's own transaction.
 *
 * @param transactionId the epoch's identity
 * @param lineage the history it belongs to
 * @param subtask the subtask whose part it is, 0 with scope SINK
 * @param checkpointId the checkpoint that contains it
 * @param previousCheckpointId the epoch before it, 0 for none
 * @param runId the run that committed it
 * @param rows records that were staged
 * @param rejected those of them that went to the reject topic
 * @param bytes bytes that were staged
 * @param checksum over all parts
 * @param watermarkMs event time, in milliseconds, or {@link Long#MIN_VALUE} for none
 * @param preparedAtMs wall clock when the epoch was sealed, in milliseconds
 * @param committedAtMs wall clock just before the commit, in milliseconds
 * @param ranges where the records are
 */
public record CommitMarker(
    String transactionId,
    String lineage,
    int subtask,
    long checkpointId,
    long previousCheckpointId,
    String runId,
    long rows,
    long rejected,
    long bytes,
    long checksum,
    long watermarkMs,
    long preparedAtMs,
    long committedAtMs,
    List<Range> ranges) {

  /** Copies the list. */
  public CommitMarker {
    ranges = List.copyOf(ranges);
  }

  /**
   * The epoch's records in one partition. Between first and last there may be records of others.
   *
   * @param topic the topic
   * @param partition the partition
   * @param first offset of the first record
   * @param last offset of the last record
   * @param count number of records
   */
  public record Range(String topic, int partition, long first, long last, long count) {}
}
