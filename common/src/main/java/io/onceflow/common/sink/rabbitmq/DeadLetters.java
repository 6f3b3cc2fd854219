package io.onceflow.common.sink.rabbitmq;

import io.onceflow.common.commit.RowRejectedException;
import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;

/**
 * Rows that are not published where they should be, as messages of their own: the row as a person
 * reads it, cut after 64 KiB, and the headers {@code sink}, {@code target}, {@code code} and {@code
 * reason}.
 *
 * @param destination the stream or queue of dead letters
 */
record DeadLetters(String destination) implements Serializable {

  static final String SINK = "sink";
  static final String TARGET = "target";
  static final String CODE = "code";
  static final String REASON = "reason";

  private static final int MAX_TARGET_CHARS = 255;
  private static final int MAX_ROW_CHARS = 64 << 10;
  private static final long serialVersionUID = 1L;

  /** The letter of a value that the encoder rejects; the publisher adds the sink. */
  RabbitMqOutput of(RowRejectedException rejection, String row) {
    return of(rejection.target(), rejection.code(), rejection.getMessage(), row);
  }

  RabbitMqOutput of(String target, String code, String reason, String row) {
    var text = row.length() <= MAX_ROW_CHARS ? row : row.substring(0, MAX_ROW_CHARS) + " ...";
    return RabbitMqOutput.text(destination, text)
        .withHeaders(Map.of(TARGET, cut(target), CODE, code, REASON, reason));
  }

  private static String cut(String target) {
    return target.substring(0, Math.min(MAX_TARGET_CHARS, target.length()));
  }

  /** The letter with the name of its sink. */
  static RabbitMqOutput signed(RabbitMqOutput letter, String sinkId) {
    var headers = new TreeMap<>(letter.headers());
    headers.put(SINK, sinkId);
    return letter.withHeaders(headers);
  }
}
