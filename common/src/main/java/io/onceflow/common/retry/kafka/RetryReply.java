package io.onceflow.common.retry.kafka;

import io.onceflow.common.retry.Acknowledgement;
import io.onceflow.common.retry.ProducerAcknowledgement;
import io.onceflow.producer.wire.MessageReply;
import io.onceflow.producer.wire.MessageReply.Status;
import io.onceflow.producer.wire.ProgressReply;
import io.onceflow.producer.wire.Reply;
import io.onceflow.producer.wire.ReplyFormat;

/**
 * An acknowledgement on its way to a producer, of either kind. A Java record is a Flink POJO, so
 * this type never falls back to Kryo.
 *
 * @param topic where the producer wants it
 * @param producer who it is for: the record's key
 * @param json the record's value, see {@link ReplyFormat}
 */
public record RetryReply(String topic, String producer, byte[] json) {

  /** What has become of a message. */
  public static RetryReply of(Acknowledgement acknowledgement) {
    MessageReply reply =
        new MessageReply(
            acknowledgement.producer(),
            acknowledgement.sequence(),
            acknowledgement.id(),
            Status.valueOf(acknowledgement.status().name()),
            acknowledgement.code(),
            acknowledgement.attempts(),
            acknowledgement.atMs(),
            acknowledgement.repeated());
    return of(acknowledgement.replyTo(), reply);
  }

  /** What is final and what is missing. */
  public static RetryReply of(ProducerAcknowledgement acknowledgement) {
    ProgressReply reply =
        new ProgressReply(
            acknowledgement.producer(),
            acknowledgement.upTo(),
            acknowledgement.selective(),
            acknowledgement.missing(),
            acknowledgement.atMs());
    return of(acknowledgement.replyTo(), reply);
  }

  private static RetryReply of(String topic, Reply reply) {
    return new RetryReply(topic, reply.producer(), ReplyFormat.bytes(reply));
  }
}
