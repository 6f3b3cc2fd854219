package io.onceflow.pipeline;

import io.onceflow.common.type.ImmutableSerializer;
import io.onceflow.common.type.SerializerTypeInfo;
import java.io.IOException;
import java.lang.reflect.Type;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Two numbers, then the length of the key (-1 for none) and its bytes. */
final class NumberSerializer extends ImmutableSerializer<NumberRecord> {

  static final NumberSerializer INSTANCE = new NumberSerializer();

  static final TypeInformation<NumberRecord> TYPE =
      new SerializerTypeInfo<>(NumberRecord.class, INSTANCE);

  private static final long serialVersionUID = 1L;
  private static final int NO_KEY = -1;

  @Override
  public NumberRecord createInstance() {
    return new NumberRecord(null, 0, 0);
  }

  @Override
  public void serialize(NumberRecord record, DataOutputView target) throws IOException {
    target.writeLong(record.number());
    target.writeLong(record.timestampMs());
    target.writeInt(record.key() == null ? NO_KEY : record.key().length);
    if (record.key() != null) {
      target.write(record.key());
    }
  }

  @Override
  public NumberRecord deserialize(DataInputView source) throws IOException {
    long number = source.readLong();
    long timestampMs = source.readLong();
    int length = source.readInt();
    if (length < NO_KEY) {
      throw new IOException("A key cannot have %d bytes: the stream is damaged.".formatted(length));
    }
    byte[] key = null;
    if (length != NO_KEY) {
      key = new byte[length];
      source.readFully(key);
    }
    return new NumberRecord(key, number, timestampMs);
  }

  @Override
  public TypeSerializerSnapshot<NumberRecord> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Flink creates it by name. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<NumberRecord> {
    /** For Flink. */
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }

  /** Flink asks it for the type, by the annotation of {@link NumberRecord}. */
  public static final class Factory extends TypeInfoFactory<NumberRecord> {
    @Override
    public TypeInformation<NumberRecord> createTypeInfo(
        Type type, Map<String, TypeInformation<?>> parameters) {
      return TYPE;
    }
  }
}
