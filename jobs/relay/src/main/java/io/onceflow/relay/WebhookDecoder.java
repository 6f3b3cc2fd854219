package io.onceflow.relay;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.onceflow.common.retry.RetryMessage;
import io.onceflow.common.retry.kafka.RetryMessageDecoder;
import io.onceflow.common.source.DecodeException;
import io.onceflow.common.source.Decoder;
import io.onceflow.common.source.RawHeader;
import io.onceflow.common.source.RawRecord;
import io.onceflow.producer.wire.WireHeaders;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * A record as a message for the webhook. One that an outbox has sent has an envelope, and its
 * producer gets answers. Of any other the partition is the producer and the offset the number, and
 * nobody is told; its id is the header {@code message-id}, or topic, partition and offset.
 */
final class WebhookDecoder implements Decoder<RetryMessage> {

  private static final long serialVersionUID = 1L;
  private static final int DEFAULT_PRIORITY = 5;
  private static final byte[] NOTHING = {};

  private final RetryMessageDecoder enveloped;

  /**
   * @param replyTopics all topics that replies may go to
   */
  WebhookDecoder(Set<String> replyTopics) {
    this.enveloped = new RetryMessageDecoder(replyTopics);
  }

  @Override
  public RetryMessage decode(RawRecord record) throws DecodeException {
    for (RawHeader header : record.headers()) {
      if (header.name().equals(WireHeaders.PRODUCER)) {
        return enveloped.decode(record);
      }
    }
    return plain(record);
  }

  private static RetryMessage plain(RawRecord record) throws DecodeException {
    Map<String, String> headers = new HashMap<>();
    for (RawHeader header : record.headers()) {
      headers.put(header.name(), header.value() == null ? "" : new String(header.value(), UTF_8));
    }
    String partition = "%s/%d".formatted(record.topic(), record.partition());
    String origin = "%s/%d".formatted(partition, record.offset());
    String id = headers.get(RelayHeaders.MESSAGE_ID);
    try {
      return new RetryMessage(
          partition,
          record.offset() + 1,
          id == null || id.isEmpty() ? origin : id,
          record.key() == null ? origin : new String(record.key(), UTF_8),
          DEFAULT_PRIORITY,
          record.timestampMs(),
          "",
          record.value() == null ? NOTHING : record.value(),
          headers);
    } catch (IllegalArgumentException e) {
      throw new DecodeException("invalid_message", e.getMessage());
    }
  }
}
