package io.onceflow.common.type;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Serializes an immutable value behind one byte that says which version of its format follows.
 *
 * <p>To add a field: raise {@link #version()}, write the field last, and in {@link #read} give the
 * field its default when the version is an older one. State of every older version then restores
 * without a migration. What {@link #read} refuses with an {@link IllegalArgumentException}, because
 * the value's own constructor does, becomes an {@link IOException}.
 *
 * @param <T> an immutable type; the serializer has a public constructor without arguments
 */
public abstract class VersionedSerializer<T> extends ImmutableSerializer<T> {

  private static final long serialVersionUID = 1L;

  /** The version that is written, 1 to 255. */
  protected abstract int version();

  /** Writes a value in the current version. */
  protected abstract void write(T value, DataOutputView out) throws IOException;

  /** Reads a value that was written in this version, 1 to {@link #version()}. */
  protected abstract T read(int version, DataInputView in) throws IOException;

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
          "%s reads versions 1 to %d but found %d: the bytes are damaged, or written by a newer release; use that one."
              .formatted(getClass().getSimpleName(), version(), version));
    }
    try {
      return read(version, in);
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "%s read damaged bytes: %s".formatted(getClass().getSimpleName(), e.getMessage()), e);
    }
  }

  @Override
  public final T createInstance() {
    return null;
  }

  @Override
  public TypeSerializerSnapshot<T> snapshotConfiguration() {
    return new VersionedSerializerSnapshot<>(this);
  }
}
