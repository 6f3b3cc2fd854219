package io.onceflow.producer.wire;

import java.util.Objects;

/**
 * What has become of a message. Each message gets exactly one that is final and not repeated;
 * duplicates of the message get it again, marked as repeated.
 *
 * @param producer whose message it is
 * @param sequence the producer's number of it
 * @param id the message's id
 * @param status applied, rejected, dead-lettered or waiting
 * @param code the answer's code, the refusal's, or the reason; one line
 * @param attempts how many attempts were made
 * @param atMs when it was decided, in milliseconds since 1970
 * @param repeated whether it answers a duplicate
 */
public record MessageReply(
    String producer,
    long sequence,
    String id,
    Status status,
    String code,
    int attempts,
    long atMs,
    boolean repeated)
    implements Reply {

  /** What has become of it. */
  public enum Status {
    /** It took effect. */
    APPLIED,
    /** It was refused, for good. */
    REJECTED,
    /** It was given up and is among the dead letters. */
    DEAD_LETTERED,
    /** It is safe and not final. */
    WAITING;

    /** Whether the producer may forget the message. */
    public boolean isFinal() {
      return this != WAITING;
    }
  }

  /** Checks that all parts are there. */
  public MessageReply {
    Objects.requireNonNull(producer, "producer");
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(status, "status");
    Objects.requireNonNull(code, "code");
  }
}
