package io.onceflow.common.source;

import io.onceflow.common.type.ImmutableSerializer;
import io.onceflow.common.type.SerializerTypeInfo;
import java.io.IOException;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
 *
 * <p>A record without headers has the same bytes as before there were headers. One with headers has
 * the complement of its partition, which is negative, and its headers at the end.
 */
final class RawRecordSerializer extends ImmutableSerializer<RawRecord> {

  static final RawRecordSerializer INSTANCE = new RawRecordSerializer();

  static final TypeInformation<RawRecord> TYPE =
      new SerializerTypeInfo<>(RawRecord.class, INSTANCE);

  private static final long serialVersionUID = 1L;
  private static final int NULL = -1;

  /** Longer than any record that a broker takes. */
  private static final int MAX_BYTES = 1 << 30;

  private static final int MAX_HEADERS = 1 << 20;
  private static final int CHUNK_BYTES = 1 << 20;

  @Override
  public RawRecord createInstance() {
    return new RawRecord("", 0, 0, 0, null, null);
  }

  @Override
  public void serialize(RawRecord record, DataOutputView target) throws IOException {
    target.writeUTF(record.topic());
    boolean headers = record.headers().length > 0;
    target.writeInt(headers ? ~record.partition() : record.partition());
    target.writeLong(record.offset());
    target.writeLong(record.timestampMs());
    writeBytes(record.key(), target);
    writeBytes(record.value(), target);
    if (headers) {
      target.writeInt(record.headers().length);
      for (RawHeader header : record.headers()) {
        target.writeUTF(header.name());
        writeBytes(header.value(), target);
      }
    }
  }

  @Override
  public RawRecord deserialize(DataInputView source) throws IOException {
    String topic = source.readUTF();
    int partition = source.readInt();
    return new RawRecord(
        topic,
        partition < 0 ? ~partition : partition,
        source.readLong(),
        source.readLong(),
        readBytes(source),
        readBytes(source),
        partition < 0 ? readHeaders(source) : RawHeader.NONE);
  }

  private static RawHeader[] readHeaders(DataInputView source) throws IOException {
    int count = source.readInt();
    if (count < 1 || count > MAX_HEADERS) {
      throw new IOException(
          "A record cannot have %d headers here: the stream is damaged.".formatted(count));
    }
    List<RawHeader> headers = new ArrayList<>(Math.min(count, 64));
    for (int i = 0; i < count; i++) {
      headers.add(new RawHeader(source.readUTF(), readBytes(source)));
    }
    return headers.toArray(RawHeader.NONE);
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
