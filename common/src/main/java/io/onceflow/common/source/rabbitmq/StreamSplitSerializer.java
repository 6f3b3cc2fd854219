package io.onceflow.common.source.rabbitmq;

import java.io.IOException;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/** The format of a stream's state in checkpoints. */
final class StreamSplitSerializer implements SimpleVersionedSerializer<StreamSplit> {

  private static final int VERSION = 1;

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(StreamSplit split) throws IOException {
    var out = new DataOutputSerializer(64);
    MessageWire.writeText(split.stream(), out);
    out.writeLong(split.next());
    out.writeLong(split.stop());
    return out.getCopyOfBuffer();
  }

  @Override
  public StreamSplit deserialize(int version, byte[] bytes) throws IOException {
    SplitVersions.check("A stream", version, VERSION);
    var in = new DataInputDeserializer(bytes);
    return new StreamSplit(MessageWire.readText(in), in.readLong(), in.readLong());
  }
}
