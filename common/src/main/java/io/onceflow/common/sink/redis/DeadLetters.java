package io.onceflow.common.sink.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.onceflow.common.commit.RowRejectedException;
import io.onceflow.common.commit.SinkId;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Rows that are not written, as entries of a stream in the same script as their neighbours: {@code
 * sink}, {@code target}, {@code code}, {@code reason}, and {@code row}, the row as a person reads
 * it, cut after 64 KiB.
 *
 * @param prefix what every key begins with
 */
record DeadLetters(String prefix) {

  private static final int MAX_ROW_CHARS = 64 << 10;

  /** The entry of a value that the encoder rejects; the session adds the sink. */
  RedisOperation of(RowRejectedException rejection, String row) {
    return letter(
        "target",
        rejection.target(),
        "code",
        rejection.code(),
        "reason",
        rejection.getMessage(),
        "row",
        cut(row));
  }

  /** The entry of an operation that the server cannot carry out. */
  RedisOperation of(Refusal refusal, RedisOperation operation, SinkId sinkId) {
    var letter =
        letter(
            "target",
            Names.rows(prefix),
            "code",
            refusal.code(),
            "reason",
            refusal.reason(),
            "row",
            cut(operation.toString()));
    return signed(letter, sinkId);
  }

  /** The letter with the name of its sink. */
  static RedisOperation signed(RedisOperation letter, SinkId sinkId) {
    var arguments = new ArrayList<byte[]>(letter.arguments().size() + 2);
    arguments.add("sink".getBytes(UTF_8));
    arguments.add(sinkId.value().getBytes(UTF_8));
    arguments.addAll(letter.arguments());
    return new RedisOperation(RedisOperation.Command.LETTER, letter.key(), arguments);
  }

  private RedisOperation letter(String... fields) {
    List<byte[]> arguments = Stream.of(fields).map(text -> text.getBytes(UTF_8)).toList();
    return new RedisOperation(
        RedisOperation.Command.LETTER, Names.deadLetters(prefix).getBytes(UTF_8), arguments);
  }

  private static String cut(String row) {
    return row.length() <= MAX_ROW_CHARS ? row : row.substring(0, MAX_ROW_CHARS) + " ...";
  }
}
