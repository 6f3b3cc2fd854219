package io.onceflow.common.sink.mariadb;

import io.onceflow.common.commit.RowBuffer;
import io.onceflow.common.commit.RowRejectedException;
import io.onceflow.common.sink.RejectedFieldException;

/** Rows of {@code dead_letter}, written in the epoch's own transaction. */
final class DeadLetters {

  static final String TABLE = "dead_letter";

  private static final TextFormat FORMAT = new TextFormat();
  private static final int MAX_TEXT_CHARS = 64 * 1024;

  private DeadLetters() {}

  /** The columns of {@link #encode}; the sink and the epoch come from the session's variables. */
  static final String COLUMNS = "target, code, reason, row_text";

  static void encode(Object value, RowRejectedException rejection, RowBuffer row) {
    put(row, rejection.target(), false);
    put(row, rejection.code(), false);
    put(row, rejection.getMessage(), false);
    put(row, String.valueOf(value), true);
  }

  private static void put(RowBuffer row, String text, boolean last) {
    var start = row.length();
    try {
      TextFormat.putText(row, printable(text));
    } catch (RejectedFieldException e) {
      row.truncate(start);
      FORMAT.putNull(row);
    }
    FORMAT.endField(row, last);
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
