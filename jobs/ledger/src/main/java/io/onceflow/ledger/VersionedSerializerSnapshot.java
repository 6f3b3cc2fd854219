package io.onceflow.ledger;

/**
 * The library's, under the name that the ledger's savepoints have.
 *
 * @param <T> the serialized type
 */
public final class VersionedSerializerSnapshot<T>
    extends io.onceflow.common.type.VersionedSerializerSnapshot<T> {

  /** For Flink. */
  public VersionedSerializerSnapshot() {}

  VersionedSerializerSnapshot(VersionedSerializer<T> serializer) {
    super(serializer);
  }
}
