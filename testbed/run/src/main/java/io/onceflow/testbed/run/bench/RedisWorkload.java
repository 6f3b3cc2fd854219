package io.onceflow.testbed.run.bench;

import io.onceflow.common.sink.redis.RedisOperation;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.params.XAddParams;

/**
 * One operation per row, for both contenders: each has the same keys, fields and values.
 *
 * @param kind what a row becomes
 * @param rows the rows' content
 * @param count how many rows
 */
record RedisWorkload(Kind kind, BenchRows rows, long count) implements Serializable {

  /** How often the note is repeated in a large value: 64 times 16 characters are 1 KiB. */
  private static final int LARGE = 64;

  /** What a row becomes. */
  enum Kind {
    /** SET of a key per row, 16 characters. */
    SET("set"),
    /** SET of a key per row, 1 KiB. */
    SET_LARGE("set-large"),
    /** HSET of two fields of a key per row. */
    HSET("hset"),
    /** XADD of two fields to one stream, which keeps duplicates. */
    XADD("xadd");

    private final String caseName;

    Kind(String caseName) {
      this.caseName = caseName;
    }

    /** The case's name in the report. */
    String caseName() {
      return caseName;
    }
  }

  /** The row as an operation of Onceflow's sink. */
  RedisOperation operation(String prefix, long number) {
    return switch (kind) {
      case SET, SET_LARGE -> RedisOperation.set(key(prefix, number), value(number));
      case HSET -> RedisOperation.hset(key(prefix, number), fields(number));
      case XADD -> RedisOperation.xadd(stream(prefix), fields(number));
    };
  }

  /** The same row into a pipeline. */
  void send(Pipeline pipeline, String prefix, long number) {
    switch (kind) {
      case SET, SET_LARGE -> pipeline.set(bytes(key(prefix, number)), bytes(value(number)));
      case HSET -> pipeline.hset(key(prefix, number), fields(number));
      case XADD -> pipeline.xadd(stream(prefix), XAddParams.xAddParams(), fields(number));
      default -> throw new IllegalStateException("No operation for " + kind + ".");
    }
  }

  String stream(String prefix) {
    return prefix + "stream";
  }

  private static String key(String prefix, long number) {
    return prefix + "row:" + number;
  }

  private String value(long number) {
    var note = rows.note(number);
    return kind == Kind.SET_LARGE ? note.repeat(LARGE) : note;
  }

  private Map<String, String> fields(long number) {
    return Map.of("amount", Long.toString(rows.amount(number)), "note", rows.note(number));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
