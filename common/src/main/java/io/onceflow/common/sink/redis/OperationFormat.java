package io.onceflow.common.sink.redis;

import io.onceflow.common.commit.DamagedSegmentException;
import io.onceflow.common.commit.RowBuffer;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The form of an operation in a segment. A version stands in front of each: a segment may be read
 * by a newer release than the one that wrote it.
 */
final class OperationFormat {

  private static final int VERSION = 1;
  private static final Map<Integer, RedisOperation.Command> BY_CODE =
      Stream.of(RedisOperation.Command.values())
          .collect(Collectors.toMap(RedisOperation.Command::code, Function.identity()));

  private OperationFormat() {}

  static void write(RedisOperation operation, RowBuffer row) {
    row.putByte(VERSION);
    row.putByte(operation.command().code());
    putBytes(row, operation.key());
    row.putShort(operation.arguments().size());
    operation.arguments().forEach(argument -> putBytes(row, argument));
  }

  private static void putBytes(RowBuffer row, byte[] bytes) {
    row.putInt(bytes.length);
    row.putBytes(bytes, 0, bytes.length);
  }

  /**
   * Reads the next operation.
   *
   * @return null at the end
   * @throws DamagedSegmentException when a field is none that {@link #write} has written
   */
  static RedisOperation read(DataInputStream in) throws IOException {
    var version = in.read();
    if (version < 0) {
      return null;
    }
    if (version != VERSION) {
      throw new DamagedSegmentException(
          "An operation was staged in version %d; this library reads version %d."
              .formatted(version, VERSION));
    }
    var code = in.readUnsignedByte();
    var command = BY_CODE.get(code);
    if (command == null) {
      throw new DamagedSegmentException("A staged operation has command %d.".formatted(code));
    }
    var key = readBytes(in);
    var count = in.readUnsignedShort();
    var arguments = new ArrayList<byte[]>(Math.min(count, OperationRules.MAX_ARGUMENTS));
    for (var i = 0; i < count; i++) {
      arguments.add(readBytes(in));
    }
    return new RedisOperation(command, key, arguments);
  }

  private static byte[] readBytes(DataInputStream in) throws IOException {
    var length = in.readInt();
    if (length < 0 || length > OperationRules.MAX_BYTES) {
      throw new DamagedSegmentException(
          "A staged operation has a field of %d bytes.".formatted(length));
    }
    var bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException(
          "A staged operation ends %d bytes early.".formatted(length - bytes.length));
    }
    return bytes;
  }
}
