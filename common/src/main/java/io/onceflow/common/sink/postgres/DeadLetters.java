package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.RowBuffer;
import io.onceflow.common.commit.RowRejectedException;

/** Rows of {@code onceflow.dead_letter}, written in the epoch's own transaction. */
final class DeadLetters {

  static final String TABLE = "onceflow.dead_letter";

  /** The sink and the epoch are column defaults that read the transaction's settings. */
  static final String COPY_SQL =
      "COPY onceflow.dead_letter (target, code, reason, row_text) FROM STDIN (FORMAT binary)";

  private static final int MAX_TEXT_CHARS = 64 * 1024;

  private DeadLetters() {}

  static void encode(Object value, RowRejectedException rejection, RowBuffer row) {
    row.putShort(4);
    put(row, rejection.target());
    put(row, rejection.code());
    put(row, rejection.getMessage());
    put(row, String.valueOf(value));
  }

  private static void put(RowBuffer row, String text) {
    var start = row.length();
    try {
      BinaryFormat.putText(row, printable(text));
    } catch (BinaryFormat.Rejected e) {
      row.truncate(start);
      BinaryFormat.putNull(row);
    }
  }

  /**
   * The very characters that made a row unfit for the table must not make its dead letter unfit.
   */
  static String printable(String text) {
    var limited = text.length() > MAX_TEXT_CHARS ? text.substring(0, MAX_TEXT_CHARS) : text;
    var clean = new StringBuilder(limited.length());
    limited
        .codePoints()
        .forEach(
            c -> {
              if (c == 0 || c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
                clean.append("\\u%04x".formatted(c));
              } else {
                clean.appendCodePoint(c);
              }
            });
    return clean.toString();
  }
}
