package io.onceflow.common.source.rabbitmq;

import java.io.IOException;
import java.util.TreeSet;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/** The format of {@link AssignedSplits} in checkpoints. */
final class AssignedSplitsSerializer implements SimpleVersionedSerializer<AssignedSplits> {

  private static final int VERSION = 1;

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(AssignedSplits assigned) throws IOException {
    var out = new DataOutputSerializer(64);
    out.writeInt(assigned.names().size());
    for (var name : new TreeSet<>(assigned.names())) {
      MessageWire.writeText(name, out);
    }
    return out.getCopyOfBuffer();
  }

  @Override
  public AssignedSplits deserialize(int version, byte[] bytes) throws IOException {
    SplitVersions.check("The list of assigned queues and streams", version, VERSION);
    var in = new DataInputDeserializer(bytes);
    var names = new TreeSet<String>();
    for (int left = MessageWire.checkCount(in.readInt()); left > 0; left--) {
      names.add(MessageWire.readText(in));
    }
    return new AssignedSplits(names);
  }
}
