package io.onceflow.ledger;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;

/**
 * The library's, with the snapshot whose name the ledger's savepoints have.
 *
 * @param <T> an immutable type
 */
public abstract class VersionedSerializer<T>
    extends io.onceflow.common.type.VersionedSerializer<T> {

  private static final long serialVersionUID = 1L;

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
  public final TypeSerializerSnapshot<T> snapshotConfiguration() {
    return new VersionedSerializerSnapshot<>(this);
  }
}
