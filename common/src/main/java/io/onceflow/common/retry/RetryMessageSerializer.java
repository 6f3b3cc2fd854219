package io.onceflow.common.retry;

import io.onceflow.common.type.VersionedSerializer;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The format of {@link RetryMessage}, between operators, in state and in dead letters. */
public final class RetryMessageSerializer extends VersionedSerializer<RetryMessage> {

  private static final long serialVersionUID = 1L;

  @Override
  protected int version() {
    return 1;
  }

  @Override
  protected void write(RetryMessage message, DataOutputView out) throws IOException {
    RetryWire.writeText(message.producer(), out);
    out.writeLong(message.sequence());
    RetryWire.writeText(message.id(), out);
    RetryWire.writeText(message.key(), out);
    out.writeByte(message.priority());
    out.writeLong(message.eventTimeMs());
    RetryWire.writeText(message.replyTo(), out);
    RetryWire.writeBytes(message.payload(), out);
    // Sorted, so that equal messages have equal bytes.
    List<Map.Entry<String, String>> headers =
        List.copyOf(new TreeMap<>(message.headers()).entrySet());
    RetryWire.writeList(
        headers,
        (header, to) -> {
          RetryWire.writeText(header.getKey(), to);
          RetryWire.writeText(header.getValue(), to);
        },
        out);
  }

  @Override
  protected RetryMessage read(int version, DataInputView in) throws IOException {
    return new RetryMessage(
        RetryWire.readText(in),
        in.readLong(),
        RetryWire.readText(in),
        RetryWire.readText(in),
        in.readUnsignedByte(),
        in.readLong(),
        RetryWire.readText(in),
        RetryWire.readBytes(in, RetryMessage.MAX_PAYLOAD_BYTES),
        readHeaders(in));
  }

  private static Map<String, String> readHeaders(DataInputView in) throws IOException {
    Map<String, String> headers = new HashMap<>();
    RetryWire.readList(
        in,
        RetryMessage.MAX_HEADERS,
        from -> headers.put(RetryWire.readText(from), RetryWire.readText(from)));
    return headers;
  }
}
