package io.onceflow.ledger;

import io.onceflow.common.type.ImmutableSerializer;
import java.io.IOException;
import java.util.UUID;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Sixteen bytes, for ever: state is addressed by them. */
public final class UuidSerializer extends ImmutableSerializer<UUID> {

  /** The one instance. */
  public static final UuidSerializer INSTANCE = new UuidSerializer();

  private static final long serialVersionUID = 1L;

  static void write(UUID id, DataOutputView out) throws IOException {
    out.writeLong(id.getMostSignificantBits());
    out.writeLong(id.getLeastSignificantBits());
  }

  static UUID read(DataInputView in) throws IOException {
    return new UUID(in.readLong(), in.readLong());
  }

  /** All zeros stand for no id: the decoder refuses that UUID. */
  static void writeNullable(UUID id, DataOutputView out) throws IOException {
    out.writeLong(id == null ? 0 : id.getMostSignificantBits());
    out.writeLong(id == null ? 0 : id.getLeastSignificantBits());
  }

  static UUID readNullable(DataInputView in) throws IOException {
    long most = in.readLong();
    long least = in.readLong();
    return most == 0 && least == 0 ? null : new UUID(most, least);
  }

  @Override
  public void serialize(UUID id, DataOutputView out) throws IOException {
    write(id, out);
  }

  @Override
  public UUID deserialize(DataInputView in) throws IOException {
    return read(in);
  }

  @Override
  public void copy(DataInputView in, DataOutputView out) throws IOException {
    out.write(in, getLength());
  }

  @Override
  public UUID createInstance() {
    return new UUID(0, 0);
  }

  @Override
  public int getLength() {
    return 2 * Long.BYTES;
  }

  @Override
  public TypeSerializerSnapshot<UUID> snapshotConfiguration() {
    return new Snapshot();
  }

  /** What a savepoint keeps of it. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<UUID> {
    /** For Flink. */
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }
}
