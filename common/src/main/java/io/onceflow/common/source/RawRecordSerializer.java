package io.onceflow.common.source;

import io.onceflow.common.type.ImmutableSerializer;
import io.onceflow.common.type.SerializerTypeInfo;
import java.io.IOException;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Hands raw records from the source to the decoder without copying them: nobody changes them. The
 * POJO serializer would copy both arrays of every record between two chained operators.
 */
final class RawRecordSerializer extends ImmutableSerializer<RawRecord> {

  static final RawRecordSerializer INSTANCE = new RawRecordSerializer();

  static final TypeInformation<RawRecord> TYPE =
      new SerializerTypeInfo<>(RawRecord.class, INSTANCE);

  private static final long serialVersionUID = 1L;
  private static final int NULL = -1;

  /** Longer than any record that a broker takes. */
  private static final int MAX_BYTES = 1 << 30;

  private static final int CHUNK_BYTES = 1 << 20;

  @Override
  public RawRecord createInstance() {
    return new RawRecord("", 0, 0, 0, null, null);
  }

  @Override
  public void serialize(RawRecord record, DataOutputView target) throws IOException {
    target.writeUTF(record.topic());
    target.writeInt(record.partition());
    target.writeLong(record.offset());
    target.writeLong(record.timestampMs());
    writeBytes(record.key(), target);
    writeBytes(record.value(), target);
  }

  @Override
  public RawRecord deserialize(DataInputView source) throws IOException {
    return new RawRecord(
        source.readUTF(),
        source.readInt(),
        source.readLong(),
        source.readLong(),
        readBytes(source),
        readBytes(source));
  }

  private static void writeBytes(byte[] bytes, DataOutputView target) throws IOException {
    target.writeInt(bytes == null ? NULL : bytes.length);
    if (bytes != null) {
      target.write(bytes);
    }
  }

  private static byte[] readBytes(DataInputView source) throws IOException {
    int length = source.readInt();
    if (length == NULL) {
      return null;
    }
    if (length < NULL || length > MAX_BYTES) {
      throw new IOException(
          "A record's key or value cannot have %d bytes: the stream is damaged.".formatted(length));
    }
    byte[] bytes = new byte[Math.min(length, CHUNK_BYTES)];
    source.readFully(bytes);
    // Memory follows the bytes that are really there, not the length that claims to be.
    for (int read = bytes.length; read < length; read = bytes.length) {
      bytes = Arrays.copyOf(bytes, (int) Math.min(length, 2L * read));
      source.readFully(bytes, read, bytes.length - read);
    }
    return bytes;
  }

  @Override
  public TypeSerializerSnapshot<RawRecord> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Flink creates it by name. */
  public static final class Snapshot extends SimpleTypeSerializerSnapshot<RawRecord> {
    /** For Flink. */
    public Snapshot() {
      super(() -> INSTANCE);
    }
  }

  /** Flink asks it for the type, by the annotation of {@link RawRecord}. */
  public static final class Factory extends TypeInfoFactory<RawRecord> {
    @Override
    public TypeInformation<RawRecord> createTypeInfo(
        Type type, Map<String, TypeInformation<?>> parameters) {
      return TYPE;
    }
  }
}
