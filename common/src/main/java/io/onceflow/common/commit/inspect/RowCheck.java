package io.onceflow.common.commit.inspect;

/**
 * What the markers say about one target, and what is there.
 *
 * @param target the table or topic
 * @param epoch the store's number of the epoch, or null for all of them together
 * @param checkpointId the epoch's checkpoint, or null
 * @param expectedRows what the markers say, less what was rejected; null when they do not say
 * @param actualRows what is there; null when it cannot be counted
 * @param checksum whether the rows' contents were compared too
 * @param state the verdict
 * @param reason why it differs or cannot be checked, or an empty string
 */
public record RowCheck(
    String target,
    Long epoch,
    Long checkpointId,
    Long expectedRows,
    Long actualRows,
    boolean checksum,
    State state,
    String reason) {

  /** The verdict about one target. */
  public enum State {
    /** What is there is what the markers say. */
    EQUAL,
    /** It is not. */
    DIFFERENT,
    /** The store does not hold enough to tell. Never to be read as equal. */
    NOT_CHECKABLE
  }
}
