package io.onceflow.common.sink.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.onceflow.common.commit.RowRejectedException;
import java.io.Serializable;
import java.util.Objects;
import java.util.Set;

/**
 * What can be said about a message without the server: one that it can never take is rejected when
 * it is staged.
 *
 * @param maxBytes of a message with all its headers
 * @param maxPropertyBytes of its headers
 */
record OutputRules(int maxBytes, int maxPropertyBytes) implements Serializable {

  /** The header on every message: the epoch's transaction id. */
  static final String EPOCH = "onceflow-epoch";

  /** The header on the last message of an epoch in a stream: how many there are. */
  static final String LAST = "onceflow-last";

  /** Names of headers that the sink adds. */
  private static final Set<String> RESERVED = Set.of(EPOCH, LAST);

  /** A server takes frames of 1 MiB unless it is told otherwise, and one holds one message. */
  static final int MAX_STREAM_BYTES = 1_000_000;

  /** What RabbitMQ 4 takes by default; earlier releases take more. */
  static final int MAX_QUEUE_BYTES = 16 << 20;

  /** The protocol has one byte for the length of an id, a reply address or a routing key. */
  private static final int MAX_SHORT_BYTES = 255;

  /** What AMQP puts into one frame, which has 128 KiB. */
  static final int MAX_QUEUE_PROPERTY_BYTES = 100_000;

  /** Of each header, besides its name and text. */
  private static final int HEADER_BYTES = 16;

  /** Headers by which a broker routes, and closes the channel when they are texts. */
  private static final Set<String> ROUTING = Set.of("CC", "BCC");

  /** An address that only whoever waits at it may name. */
  private static final String DIRECT_REPLY = "amq.rabbitmq.reply-to";

  private static final int MAX_PRIORITY = 255;

  private static final long serialVersionUID = 1L;

  /**
   * @throws RowRejectedException when the message can never be published
   */
  void check(RabbitMqOutput output) throws RowRejectedException {
    var target = output.destination();
    checkShort(target, "destination", target);
    checkShort(target, "message id", output.messageId());
    checkShort(target, "correlation id", output.correlationId());
    checkShort(target, "reply address", output.replyTo());
    checkShort(target, "content type", output.contentType());
    if (output.priority() < -1 || output.priority() > MAX_PRIORITY) {
      throw new RowRejectedException(
          target, "invalid-priority", "Priority %d is not 0 to 255.".formatted(output.priority()));
    }
    if (output.replyTo() != null && output.replyTo().startsWith(DIRECT_REPLY)) {
      throw new RowRejectedException(
          target, "reply-address", "Nobody waits at %s.".formatted(DIRECT_REPLY));
    }
    var properties = 0L;
    for (var header : output.headers().entrySet()) {
      checkHeader(target, header.getKey());
      Objects.requireNonNull(header.getValue(), header.getKey());
      properties += HEADER_BYTES + utf8(header.getKey()) + utf8(header.getValue());
    }
    if (properties > maxPropertyBytes) {
      throw new RowRejectedException(
          target,
          "too-large",
          "The message has headers of %d bytes; the sink takes %d."
              .formatted(properties, maxPropertyBytes));
    }
    var bytes = output.body().length + properties;
    if (bytes > maxBytes) {
      throw new RowRejectedException(
          target,
          "too-large",
          "The message has %d bytes with its headers; the sink takes %d."
              .formatted(bytes, maxBytes));
    }
  }

  private static void checkHeader(String target, String name) throws RowRejectedException {
    if (RESERVED.contains(name)) {
      throw new RowRejectedException(
          target, "reserved-header", "The header %s is the sink's own.".formatted(name));
    }
    if (ROUTING.contains(name)) {
      throw new RowRejectedException(
          target, "reserved-header", "The header %s is the broker's own.".formatted(name));
    }
    checkShort(target, "header name", name);
  }

  private static int utf8(String text) {
    return text.getBytes(UTF_8).length;
  }

  private static void checkShort(String target, String what, String text)
      throws RowRejectedException {
    if (text != null && text.getBytes(UTF_8).length > MAX_SHORT_BYTES) {
      throw new RowRejectedException(
          target, "too-long", "The %s has more than %d bytes.".formatted(what, MAX_SHORT_BYTES));
    }
  }
}
