package io.onceflow.common.source.rabbitmq;

import com.rabbitmq.stream.Codec;
import com.rabbitmq.stream.Message;
import com.rabbitmq.stream.MessageBuilder;
import com.rabbitmq.stream.Properties;
import com.rabbitmq.stream.codec.QpidProtonCodec;
import java.util.Map;

/**
 * An entry of a stream that is no AMQP 1.0 message: the server takes any bytes.
 *
 * @param bytes what was published
 * @param reason why it could not be read
 */
record UnreadableMessage(byte[] bytes, String reason) implements Message {

  @Override
  public boolean hasPublishingId() {
    return false;
  }

  @Override
  public long getPublishingId() {
    return 0;
  }

  @Override
  public byte[] getBodyAsBinary() {
    return bytes;
  }

  @Override
  public Object getBody() {
    return bytes;
  }

  @Override
  public Properties getProperties() {
    return null;
  }

  @Override
  public Map<String, Object> getApplicationProperties() {
    return Map.of(StreamMessages.UNREADABLE, reason);
  }

  @Override
  public Map<String, Object> getMessageAnnotations() {
    return Map.of();
  }

  /** Reads what can be read; the client would drop its connection over anything else. */
  static final class GuardedCodec implements Codec {

    private final Codec codec = new QpidProtonCodec();

    @Override
    public EncodedMessage encode(Message message) {
      return codec.encode(message);
    }

    @Override
    public Message decode(byte[] data) {
      try {
        return codec.decode(data);
      } catch (RuntimeException e) {
        return new UnreadableMessage(data, Reasons.of(e));
      }
    }

    @Override
    public MessageBuilder messageBuilder() {
      return codec.messageBuilder();
    }
  }
}
