package io.onceflow.common.sink.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.onceflow.common.commit.RowRejectedException;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What can be said about an operation without the server: then a script that has begun to write
 * does not meet an error in the middle.
 *
 * @param prefix what every key begins with
 */
record OperationRules(String prefix) {

  /** A script passes the arguments of a command on a stack of 8,000. */
  static final int MAX_ARGUMENTS = 1_000;

  /** Far below the server's 512 MB for one text and 1 GB for one request. */
  static final long MAX_BYTES = 64 << 20;

  private static final Pattern INTEGER = Pattern.compile("0|-?[1-9][0-9]{0,18}");

  /**
   * @throws RowRejectedException when the operation can never be carried out
   */
  void check(RedisOperation operation) throws RowRejectedException {
    checkKey(operation.key());
    checkSize(operation);
    var arguments = operation.arguments();
    var count = arguments.size();
    var isComplete =
        switch (operation.command()) {
          case DEL -> count == 0;
          case SET, INCRBY -> count == 1;
          case HDEL, SADD, SREM, ZREM -> count >= 1;
          case HSET, ZADD, XADD -> count >= 2 && count % 2 == 0;
          case LETTER -> false;
        };
    if (!isComplete) {
      throw rejection(
          "arguments",
          "%s does not take %d arguments after the key.".formatted(operation.command(), count));
    }
    checkNumbers(operation.command(), arguments);
  }

  private void checkKey(byte[] key) throws RowRejectedException {
    if (!startsWith(key, prefix.getBytes(UTF_8))) {
      throw rejection(
          "key-prefix",
          "The key does not begin with key-prefix %s: all keys of a sink share its hash tag."
              .formatted(prefix));
    }
    if (startsWith(key, Names.reserved(prefix).getBytes(UTF_8))) {
      throw rejection(
          "reserved-key",
          "Keys that begin with %s are the sink's own.".formatted(Names.reserved(prefix)));
    }
  }

  private void checkSize(RedisOperation operation) throws RowRejectedException {
    if (operation.arguments().size() > MAX_ARGUMENTS) {
      throw rejection(
          "too-many-arguments",
          "The operation has %d arguments; the sink takes %d, so split it before the sink."
              .formatted(operation.arguments().size(), MAX_ARGUMENTS));
    }
    if (operation.bytes() > MAX_BYTES) {
      throw rejection(
          "too-large",
          "The operation has %d bytes; the sink takes %d.".formatted(operation.bytes(), MAX_BYTES));
    }
  }

  private void checkNumbers(RedisOperation.Command command, List<byte[]> arguments)
      throws RowRejectedException {
    if (command == RedisOperation.Command.INCRBY && !isInteger(arguments.get(0))) {
      throw rejection("not-an-integer", "The amount of INCRBY is no integer of 64 bits.");
    }
    if (command == RedisOperation.Command.ZADD) {
      for (var i = 0; i < arguments.size(); i += 2) {
        if (!isScore(arguments.get(i))) {
          throw rejection("not-a-number", "A score of ZADD is no number.");
        }
      }
    }
  }

  private static boolean isInteger(byte[] bytes) {
    var text = new String(bytes, UTF_8);
    if (!INTEGER.matcher(text).matches()) {
      return false;
    }
    try {
      Long.parseLong(text);
      return true;
    } catch (NumberFormatException tooLarge) {
      return false;
    }
  }

  private static boolean isScore(byte[] bytes) {
    var text = new String(bytes, UTF_8);
    if (text.equals("+inf") || text.equals("-inf")) {
      return true;
    }
    return text.matches("-?[0-9]{1,400}(\\.[0-9]{1,400})?([eE][+-]?[0-9]{1,3})?")
        && Double.isFinite(Double.parseDouble(text));
  }

  private static boolean startsWith(byte[] key, byte[] beginning) {
    return key.length >= beginning.length
        && Arrays.equals(key, 0, beginning.length, beginning, 0, beginning.length);
  }

  private RowRejectedException rejection(String code, String message) {
    return new RowRejectedException(Names.rows(prefix), code, message);
  }
}
