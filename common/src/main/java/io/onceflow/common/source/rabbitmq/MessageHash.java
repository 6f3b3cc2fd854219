package io.onceflow.common.source.rabbitmq;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import java.util.TreeMap;

/**
 * The first 128 bits of the SHA-256 of what identifies a message. A new message is taken for one of
 * n others by chance with the odds n / 2^128: for a window of a million, 3 in 10^33.
 *
 * @param high the first 64 bits
 * @param low the second 64 bits
 */
record MessageHash(long high, long low) {

  static final int BYTES = 16;

  private static final byte[] ID = {'i'};
  private static final byte[] CONTENT = {'c'};

  /** Of a producer's id. */
  static MessageHash ofId(String id) {
    var digest = sha256();
    digest.update(ID);
    return of(digest.digest(id.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * Of everything that the producer gave; what the server adds to a redelivery does not count.
   *
   * @see MissingId#HASH
   */
  static MessageHash ofContent(RabbitMqMessage message) {
    var digest = sha256();
    digest.update(CONTENT);
    for (var text :
        new String[] {
          message.correlationId(), message.appId(), message.replyTo(), message.contentType()
        }) {
      update(digest, text);
    }
    update(digest, message.priority() + " " + message.timestampMs());
    for (Map.Entry<String, String> header : new TreeMap<>(message.headers()).entrySet()) {
      if (!AmqpMessages.COUNTS_OF_THE_SERVER.contains(header.getKey())) {
        update(digest, header.getKey());
        update(digest, header.getValue());
      }
    }
    digest.update(message.body());
    return of(digest.digest());
  }

  /** Length first, so that no two lists of texts are the same bytes. */
  private static void update(MessageDigest digest, String text) {
    byte[] bytes = text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(4).putInt(0, bytes == null ? -1 : bytes.length));
    if (bytes != null) {
      digest.update(bytes);
    }
  }

  private static MessageHash of(byte[] digest) {
    var bytes = ByteBuffer.wrap(digest);
    return new MessageHash(bytes.getLong(), bytes.getLong());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256.", e);
    }
  }

  /** Evenly spread already. */
  @Override
  public int hashCode() {
    return (int) high;
  }
}
