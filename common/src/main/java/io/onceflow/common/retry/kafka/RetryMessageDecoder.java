package io.onceflow.common.retry.kafka;

import io.onceflow.common.retry.RetryMessage;
import io.onceflow.common.source.DecodeException;
import io.onceflow.common.source.Decoder;
import io.onceflow.common.source.RawHeader;
import io.onceflow.common.source.RawRecord;
import io.onceflow.producer.wire.MalformedException;
import io.onceflow.producer.wire.Message;
import io.onceflow.producer.wire.MessageFormat;
import io.onceflow.producer.wire.WireHeaders;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Reads a message from a record, see {@link MessageFormat}; behind a {@link
 * io.onceflow.common.source.GuardedDecoder} whatever is none goes to the dead letters. The headers
 * of the message say where it was read from ({@link WireHeaders#TOPIC}, partition and offset), and
 * so does its dead letter.
 *
 * <p>A message may only ask for replies on a topic that the job allows. Otherwise whoever may write
 * messages could have the job write to every topic that the job may write to.
 */
public final class RetryMessageDecoder implements Decoder<RetryMessage> {

  /** The message wants replies on a topic that is not among those of the job. */
  public static final String REPLY_TOPIC_NOT_ALLOWED = "reply_topic_not_allowed";

  private static final long serialVersionUID = 1L;

  private final Set<String> replyTopics;

  /**
   * @param replyTopics all topics that replies may go to
   */
  public RetryMessageDecoder(Set<String> replyTopics) {
    this.replyTopics = Set.copyOf(replyTopics);
  }

  @Override
  public RetryMessage decode(RawRecord record) throws DecodeException {
    try {
      Message message =
          MessageFormat.read(
              record.key(),
              record.value(),
              RawHeader.toKafka(record.headers()),
              record.timestampMs());
      if (!message.replyTo().isEmpty() && !replyTopics.contains(message.replyTo())) {
        throw new DecodeException(
            REPLY_TOPIC_NOT_ALLOWED,
            "The message wants replies on topic %s, which the job does not allow."
                .formatted(message.replyTo()));
      }
      return RetryRecords.toMessage(message.withHeaders(withOrigin(record, message.headers())));
    } catch (MalformedException e) {
      throw new DecodeException(e.code(), e.getMessage());
    } catch (IllegalArgumentException e) {
      throw new DecodeException("invalid_envelope", e.getMessage());
    }
  }

  private static Map<String, String> withOrigin(RawRecord record, Map<String, String> headers) {
    Map<String, String> all = new HashMap<>(headers);
    all.put(WireHeaders.TOPIC, record.topic());
    all.put(WireHeaders.PARTITION, Integer.toString(record.partition()));
    all.put(WireHeaders.OFFSET, Long.toString(record.offset()));
    all.put(WireHeaders.TIMESTAMP, Long.toString(record.timestampMs()));
    return all;
  }
}
