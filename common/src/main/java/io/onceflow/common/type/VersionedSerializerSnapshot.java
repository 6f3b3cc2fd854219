package io.onceflow.common.type;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.util.FlinkException;
import org.apache.flink.util.InstantiationUtil;

/**
 * What a savepoint keeps of a {@link VersionedSerializer}: its class and version. A newer version
 * of the same class reads all older ones; an older one refuses a newer one at restore and not in
 * the middle of the run.
 *
 * @param <T> the serialized type
 */
public class VersionedSerializerSnapshot<T> implements TypeSerializerSnapshot<T> {

  private static final int FORMAT = 1;

  private VersionedSerializer<T> serializer;
  private int version;

  /** For Flink. */
  public VersionedSerializerSnapshot() {}

  /** Of a serializer that writes now. */
  protected VersionedSerializerSnapshot(VersionedSerializer<T> serializer) {
    this.serializer = serializer;
    this.version = serializer.version();
  }

  @Override
  public int getCurrentVersion() {
    return FORMAT;
  }

  @Override
  public void writeSnapshot(DataOutputView out) throws IOException {
    out.writeUTF(serializer.getClass().getName());
    out.writeInt(version);
  }

  @Override
  @SuppressWarnings("unchecked") // The name was written by a serializer of T.
  public void readSnapshot(int format, DataInputView in, ClassLoader classLoader)
      throws IOException {
    String name = in.readUTF();
    version = in.readInt();
    try {
      serializer = InstantiationUtil.instantiate(name, VersionedSerializer.class, classLoader);
    } catch (FlinkException e) {
      throw new IOException(
          "The state was written by the serializer " + name + ", which this release lacks.", e);
    }
  }

  @Override
  public TypeSerializer<T> restoreSerializer() {
    return serializer;
  }

  @Override
  public TypeSerializerSchemaCompatibility<T> resolveSchemaCompatibility(
      TypeSerializerSnapshot<T> older) {
    boolean readable =
        older instanceof VersionedSerializerSnapshot<T> snapshot
            && snapshot.serializer.equals(serializer)
            && snapshot.version <= version;
    return readable
        ? TypeSerializerSchemaCompatibility.compatibleAsIs()
        : TypeSerializerSchemaCompatibility.incompatible();
  }
}
