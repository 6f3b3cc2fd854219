package io.onceflow.producer;

/**
 * What a sender is doing and has done since it was made.
 *
 * @param state what it is doing
 * @param underWay messages that have a number and are not finished
 * @param overdue those of them that are no longer sent again, see {@link SenderSettings}; somebody
 *     must find out what has become of them
 * @param sent messages sent for the first time by this sender
 * @param resent messages sent again
 * @param missing numbers that the job called missing and that were sent again for it
 * @param applied messages that took effect
 * @param rejected messages that were refused
 * @param deadLettered messages that were given up
 * @param settled messages that are final in a way that nobody knows
 * @param malformed records of the reply topic that are no replies
 * @param errors of Kafka, the outbox or a listener, after each of which it goes on
 * @param failure why it has ended by itself, or an empty text
 */
public record SenderStatus(
    State state,
    long underWay,
    long overdue,
    long sent,
    long resent,
    long missing,
    long applied,
    long rejected,
    long deadLettered,
    long settled,
    long malformed,
    long errors,
    String failure) {

  /** What a sender is doing. */
  public enum State {
    /** Another sender has the outbox, or it cannot be reached. */
    STANDBY,
    /** It reads the replies that came while it was away. */
    CATCHING_UP,
    /** It sends. */
    SENDING,
    /** It has ended by itself; see the failure. */
    FAILED,
    /** It was closed. */
    CLOSED
  }
}
