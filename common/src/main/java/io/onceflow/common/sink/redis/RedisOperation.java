package io.onceflow.common.sink.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * One command on one key. Texts are written as UTF-8; {@link #of} takes bytes as they are. What
 * Redis would refuse in any case is refused when the row is staged, see {@link OperationRules}.
 *
 * @param command what to do
 * @param key the key, prefix included
 * @param arguments what follows the key
 */
public record RedisOperation(Command command, byte[] key, List<byte[]> arguments) {

  /** The commands that a sink may send. Codes are part of the segments' format: never reused. */
  public enum Command {
    /** A text in place of whatever the key held. */
    SET(1),
    /** Nothing in place of whatever the key held. */
    DEL(2),
    /** Adds to a counter. */
    INCRBY(3),
    /** Sets fields of a hash. */
    HSET(4),
    /** Removes fields of a hash. */
    HDEL(5),
    /** Adds members to a set. */
    SADD(6),
    /** Removes members of a set. */
    SREM(7),
    /** Adds members to a sorted set, or changes their scores. */
    ZADD(8),
    /** Removes members of a sorted set. */
    ZREM(9),
    /** Appends an entry to a stream; the server gives it its id. */
    XADD(10),
    /** A dead letter: appends to the stream of dead letters. */
    LETTER(0);

    private final int code;

    Command(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }
  }

  /** Copies the list. */
  public RedisOperation {
    arguments = List.copyOf(arguments);
  }

  /** A command with a key and arguments of any bytes. */
  public static RedisOperation of(Command command, byte[] key, List<byte[]> arguments) {
    return new RedisOperation(command, key, arguments);
  }

  /** SET. */
  public static RedisOperation set(String key, String value) {
    return texts(Command.SET, key, value);
  }

  /** DEL. */
  public static RedisOperation del(String key) {
    return texts(Command.DEL, key);
  }

  /** INCRBY; the delta may be negative. */
  public static RedisOperation incrBy(String key, long delta) {
    return texts(Command.INCRBY, key, Long.toString(delta));
  }

  /** HSET of one field. */
  public static RedisOperation hset(String key, String field, String value) {
    return texts(Command.HSET, key, field, value);
  }

  /** HSET of several fields. */
  public static RedisOperation hset(String key, Map<String, String> fields) {
    return texts(Command.HSET, key, pairs(fields));
  }

  /** HDEL. */
  public static RedisOperation hdel(String key, String... fields) {
    return texts(Command.HDEL, key, fields);
  }

  /** SADD. */
  public static RedisOperation sadd(String key, String... members) {
    return texts(Command.SADD, key, members);
  }

  /** SREM. */
  public static RedisOperation srem(String key, String... members) {
    return texts(Command.SREM, key, members);
  }

  /** ZADD of one member. */
  public static RedisOperation zadd(String key, double score, String member) {
    return texts(Command.ZADD, key, score(score), member);
  }

  /** ZREM. */
  public static RedisOperation zrem(String key, String... members) {
    return texts(Command.ZREM, key, members);
  }

  /** XADD with an id of the server's. */
  public static RedisOperation xadd(String key, Map<String, String> fields) {
    return texts(Command.XADD, key, pairs(fields));
  }

  static RedisOperation texts(Command command, String key, String... arguments) {
    return new RedisOperation(
        command,
        key.getBytes(UTF_8),
        Stream.of(arguments).map(text -> text.getBytes(UTF_8)).toList());
  }

  private static String score(double score) {
    return Double.isInfinite(score) ? (score > 0 ? "+inf" : "-inf") : Double.toString(score);
  }

  private static String[] pairs(Map<String, String> fields) {
    var texts = new ArrayList<String>(2 * fields.size());
    fields.forEach(
        (field, value) -> {
          texts.add(field);
          texts.add(value);
        });
    return texts.toArray(String[]::new);
  }

  /** Bytes of the key and of all arguments. */
  long bytes() {
    return key.length + arguments.stream().mapToLong(argument -> argument.length).sum();
  }

  /** For a person; what is not UTF-8 is shown as such. */
  @Override
  public String toString() {
    var words = new ArrayList<String>();
    words.add(command.name());
    words.add(new String(key, UTF_8));
    arguments.forEach(argument -> words.add(new String(argument, UTF_8)));
    return String.join(" ", words);
  }
}
