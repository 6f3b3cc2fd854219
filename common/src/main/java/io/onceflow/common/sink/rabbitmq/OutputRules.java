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
 * @param maxBytes of a message with all its texts
 */
record OutputRules(int maxBytes) implements Serializable {

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
    var bytes = (long) output.body().length;
    for (var header : output.headers().entrySet()) {
      if (RESERVED.contains(header.getKey())) {
        throw new RowRejectedException(
            target,
            "reserved-header",
            "The header %s is the sink's own.".formatted(header.getKey()));
      }
      checkShort(target, "header name", header.getKey());
      Objects.requireNonNull(header.getValue(), header.getKey());
      bytes += header.getKey().length() + header.getValue().getBytes(UTF_8).length;
    }
    if (bytes > maxBytes) {
      throw new RowRejectedException(
          target,
          "too-large",
          "The message has %d bytes with its headers; the sink takes %d."
              .formatted(bytes, maxBytes));
    }
  }

  private static void checkShort(String target, String what, String text)
      throws RowRejectedException {
    if (text != null && text.getBytes(UTF_8).length > MAX_SHORT_BYTES) {
      throw new RowRejectedException(
          target, "too-long", "The %s has more than %d bytes.".formatted(what, MAX_SHORT_BYTES));
    }
  }
}
