package io.onceflow.producer;

/**
 * What has become of a message for good.
 *
 * @param sequence its number
 * @param id its id
 * @param result what has become of it
 * @param code the answer's code, the refusal's, or the reason of the dead letter
 * @param attempts how many attempts the job made
 * @param atMs when it was decided, in milliseconds since 1970
 */
public record FinalOutcome(
    long sequence, String id, Result result, String code, int attempts, long atMs) {

  /** What has become of it. */
  public enum Result {
    /** It took effect. */
    APPLIED,
    /** It was refused. */
    REJECTED,
    /** It was given up and is among the dead letters. */
    DEAD_LETTERED,
    /**
     * It is final, by the cumulative acknowledgement; which of the others it is stood in an
     * acknowledgement that the reply topic has lost.
     */
    SETTLED
  }
}
