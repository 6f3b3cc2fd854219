package io.onceflow.common.source.rabbitmq;

import io.onceflow.common.type.SerializerTypeInfo;
import io.onceflow.common.type.VersionedSerializer;
import java.io.IOException;
import java.lang.reflect.Type;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The format of {@link RabbitMqMessage} between operators and in state. */
public final class RabbitMqMessageSerializer extends VersionedSerializer<RabbitMqMessage> {

  static final TypeInformation<RabbitMqMessage> TYPE =
      new SerializerTypeInfo<>(RabbitMqMessage.class, new RabbitMqMessageSerializer());

  private static final long serialVersionUID = 1L;

  @Override
  protected int version() {
    return 1;
  }

  @Override
  protected void write(RabbitMqMessage message, DataOutputView out) throws IOException {
    MessageWire.writeText(message.queue(), out);
    out.writeLong(message.offset());
    MessageWire.writeText(message.messageId(), out);
    MessageWire.writeText(message.correlationId(), out);
    MessageWire.writeText(message.appId(), out);
    MessageWire.writeText(message.replyTo(), out);
    MessageWire.writeText(message.contentType(), out);
    out.writeShort(message.priority());
    out.writeLong(message.timestampMs());
    writeHeaders(message.headers(), out);
    out.writeBoolean(message.redelivered());
    MessageWire.writeBytes(message.body(), out);
  }

  @Override
  protected RabbitMqMessage read(int version, DataInputView in) throws IOException {
    return new RabbitMqMessage(
        MessageWire.readText(in),
        in.readLong(),
        MessageWire.readText(in),
        MessageWire.readText(in),
        MessageWire.readText(in),
        MessageWire.readText(in),
        MessageWire.readText(in),
        in.readShort(),
        in.readLong(),
        readHeaders(in),
        in.readBoolean(),
        MessageWire.readBytes(in));
  }

  /** Sorted, so that equal messages have equal bytes. */
  private static void writeHeaders(Map<String, String> headers, DataOutputView out)
      throws IOException {
    out.writeInt(headers.size());
    for (var header : new TreeMap<>(headers).entrySet()) {
      MessageWire.writeText(header.getKey(), out);
      MessageWire.writeText(header.getValue(), out);
    }
  }

  private static Map<String, String> readHeaders(DataInputView in) throws IOException {
    int count = MessageWire.checkCount(in.readInt());
    Map<String, String> headers = new HashMap<>();
    for (int i = 0; i < count; i++) {
      headers.put(MessageWire.readText(in), MessageWire.readText(in));
    }
    return headers;
  }

  /** Flink asks it for the type, by the annotation of {@link RabbitMqMessage}. */
  public static final class Factory extends TypeInfoFactory<RabbitMqMessage> {
    @Override
    public TypeInformation<RabbitMqMessage> createTypeInfo(
        Type type, Map<String, TypeInformation<?>> parameters) {
      return TYPE;
    }
  }
}
