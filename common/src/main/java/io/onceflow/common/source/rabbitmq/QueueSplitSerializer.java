package io.onceflow.common.source.rabbitmq;

import java.io.IOException;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/** The format of a queue's state in checkpoints. */
final class QueueSplitSerializer implements SimpleVersionedSerializer<QueueSplit> {

  private static final int VERSION = 1;
  private static final int FIXED_BYTES = 64;

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(QueueSplit split) throws IOException {
    var ids = split.ids();
    var out =
        new DataOutputSerializer(
            FIXED_BYTES + split.queue().length() + ids.expected().length + ids.recent().length);
    MessageWire.writeText(split.queue(), out);
    MessageWire.writeBytes(ids.expected(), out);
    MessageWire.writeBytes(ids.recent(), out);
    out.writeLong(split.remaining());
    return out.getCopyOfBuffer();
  }

  @Override
  public QueueSplit deserialize(int version, byte[] bytes) throws IOException {
    SplitVersions.check("A queue", version, VERSION);
    var in = new DataInputDeserializer(bytes);
    try {
      return new QueueSplit(
          MessageWire.readText(in),
          new SeenIds.Snapshot(MessageWire.readBytes(in), MessageWire.readBytes(in)),
          in.readLong());
    } catch (IllegalArgumentException | NullPointerException e) {
      throw new IOException("The state of a queue is damaged: " + e.getMessage(), e);
    }
  }
}
