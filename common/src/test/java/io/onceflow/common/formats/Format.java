package io.onceflow.common.formats;

import java.io.IOException;
import java.util.Arrays;
import java.util.function.Function;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * One value in one of our formats.
 *
 * @param name of the line in {@code formats.txt}
 * @param version the one that is written now
 * @param bytes as they are written now
 * @param isRead whether bytes of a version are read as the value
 */
public record Format(String name, int version, byte[] bytes, Reading isRead) {

  /** Reads bytes of an older version. */
  public interface Reading {
    boolean test(int version, byte[] bytes) throws IOException;
  }

  /** Of a committable. */
  static <T> Format committable(String name, SimpleVersionedSerializer<T> serializer, T value)
      throws IOException {
    return committable(name, serializer, value, read -> read);
  }

  /**
   * Of a committable that older versions had less of.
   *
   * @param known takes away from a value what the older version did not know
   */
  static <T> Format committable(
      String name, SimpleVersionedSerializer<T> serializer, T value, Function<T, T> known)
      throws IOException {
    return new Format(
        name,
        serializer.getVersion(),
        serializer.serialize(value),
        (version, bytes) -> {
          var expected = version == 1 ? known.apply(value) : value;
          return serializer.deserialize(version, bytes).equals(expected);
        });
  }

  /** Of rows: the store reads them, and its formats have one version. */
  static Format rows(String name, byte[] bytes) {
    return new Format(name, 1, bytes, (version, golden) -> Arrays.equals(bytes, golden));
  }
}
