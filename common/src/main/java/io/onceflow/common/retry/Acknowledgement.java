package io.onceflow.common.retry;

import io.onceflow.common.config.OneLine;
import java.util.Objects;
import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * What has become of a message. Each message gets exactly one that is final and not repeated;
 * duplicates of the message get it again, marked as repeated.
 *
 * @param producer whose message it is
 * @param sequence the producer's number of it
 * @param id the message's id
 * @param replyTo where the producer wants it
 * @param status applied, rejected, dead-lettered or waiting
 * @param code the answer's code, the refusal's, or the reason
 * @param attempts how many attempts were made
 * @param atMs when it was decided, in milliseconds since the epoch
 * @param repeated whether it answers a duplicate
 */
@TypeInfo(RetryTypes.AcknowledgementFactory.class)
public record Acknowledgement(
    String producer,
    long sequence,
    String id,
    String replyTo,
    Status status,
    String code,
    int attempts,
    long atMs,
    boolean repeated) {

  /** What has become of it. */
  public enum Status {
    /** It took effect. */
    APPLIED,
    /** It was refused, for good. */
    REJECTED,
    /** It was given up and is among the dead letters. */
    DEAD_LETTERED,
    /** It is safe here and not final: a retry, another message or a limit comes first. */
    WAITING
  }

  /** Makes the code safe for one line, and short. */
  public Acknowledgement {
    Objects.requireNonNull(status, "status");
    code = OneLine.of(code);
  }

  static Acknowledgement of(
      RetryMessage message, Status status, String code, int attempts, long atMs) {
    return new Acknowledgement(
        message.producer(),
        message.sequence(),
        message.id(),
        message.replyTo(),
        status,
        code,
        attempts,
        atMs,
        false);
  }

  /** Whether the producer may forget the message. */
  public boolean isFinal() {
    return status != Status.WAITING;
  }

  Acknowledgement again() {
    return new Acknowledgement(producer, sequence, id, replyTo, status, code, attempts, atMs, true);
  }
}
