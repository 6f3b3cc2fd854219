package io.onceflow.ledger;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Serializes an immutable value behind one byte that says which version of its format follows.
 *
 * <p>To add a field: raise {@link #version()}, write the field last, and in {@link #read} give the
 * field its default when the version is an older one. State and savepoints of every older version
 * then restore without a migration.
 *
 * @param <T> an immutable type
 */
public abstract class VersionedSerializer<T> extends TypeSerializer<T> {

  private static final long serialVersionUID = 1L;

  /** The version that is written, 1 to 255. */
  protected abstract int version();

  /** Writes a value in the current version. */
  protected abstract void write(T value, DataOutputView out) throws IOException;

  /** Reads a value that was written in this version, 1 to {@link #version()}. */
  protected abstract T read(int version, DataInputView in) throws IOException;

  /**
   * What a number in the stream stands for.
   *
   * @throws IOException when it stands for nothing
   */
  static <E> E numbered(E[] all, int number) throws IOException {
    if (number < 0 || number >= all.length || all[number] == null) {
      throw new IOException(
          "%d is no %s: the bytes are damaged, or written by a newer release."
              .formatted(number, all.getClass().getComponentType().getSimpleName()));
    }
    return all[number];
  }

  @Override
  public final void serialize(T value, DataOutputView out) throws IOException {
    out.writeByte(version());
    write(value, out);
  }

  @Override
  public final T deserialize(DataInputView in) throws IOException {
    int version = in.readUnsignedByte();
    if (version == 0 || version > version()) {
      throw new IOException(
          getClass().getSimpleName()
              + " reads versions 1 to "
              + version()
              + " but found "
              + version
              + ": the state was written by a newer release; use that one.");
    }
    return read(version, in);
  }

  @Override
  public final T deserialize(T reuse, DataInputView in) throws IOException {
    return deserialize(in);
  }

  @Override
  public final void copy(DataInputView in, DataOutputView out) throws IOException {
    serialize(deserialize(in), out);
  }

  @Override
  public final boolean isImmutableType() {
    return true;
  }

  @Override
  public TypeSerializer<T> duplicate() {
    return this;
  }

  @Override
  public final T createInstance() {
    return null;
  }

  @Override
  public final T copy(T from) {
    return from;
  }

  @Override
  public final T copy(T from, T reuse) {
    return from;
  }

  @Override
  public final int getLength() {
    return -1;
  }

  @Override
  public final boolean equals(Object other) {
    return other != null && other.getClass() == getClass();
  }

  @Override
  public final int hashCode() {
    return getClass().hashCode();
  }

  @Override
  public final TypeSerializerSnapshot<T> snapshotConfiguration() {
    return new VersionedSerializerSnapshot<>(this);
  }
}
