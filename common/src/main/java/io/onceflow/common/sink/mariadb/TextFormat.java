package io.onceflow.common.sink.mariadb;

import io.onceflow.common.commit.RowBuffer;
import io.onceflow.common.sink.RejectedFieldException;
import io.onceflow.common.sink.RowFormat;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.UUID;

/**
 * Rows in the format that {@code LOAD DATA} reads by default: fields in UTF-8 that end with a tab,
 * rows that end with a line feed, a backslash before what would be mistaken, {@code \N} for NULL.
 *
 * <p>Each method rejects what the server could not store, so that a bad value costs one row. The
 * codes are the server's error numbers.
 */
final class TextFormat implements RowFormat {

  private static final long serialVersionUID = 1L;

  /** How a statement says that a file is in this format. */
  static final String CLAUSE =
      "CHARACTER SET utf8mb4 FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n'";

  private static final String OUT_OF_RANGE = "1264";
  private static final String INCORRECT_STRING = "1366";
  private static final int MAX_DECIMAL_DIGITS = 65;
  private static final int MAX_SCALE = 1_000;
  private static final int MICROS_DIGITS = 6;
  private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);

  /** Before the year 1000 MariaDB stores dates and does not promise to. */
  private static final LocalDateTime FIRST_TIME = LocalDateTime.of(1000, 1, 1, 0, 0);

  private static final LocalDateTime END_OF_TIME = LocalDateTime.of(10_000, 1, 1, 0, 0);

  @Override
  public void beginRow(RowBuffer row, int fields) {
    // The end of a row marks its beginning.
  }

  @Override
  public void putNull(RowBuffer row) {
    row.putByte('\\');
    row.putByte('N');
  }

  @Override
  public void putSequence(RowBuffer row, long sequence) {
    putLong(row, sequence);
  }

  @Override
  public void endField(RowBuffer row, boolean last) {
    row.putByte(last ? '\n' : '\t');
  }

  static void putBoolean(RowBuffer out, boolean value) {
    out.putByte(value ? '1' : '0');
  }

  static void putLong(RowBuffer out, long value) {
    if (value == Long.MIN_VALUE) {
      putAscii(out, Long.toString(value));
      return;
    }
    if (value < 0) {
      out.putByte('-');
    }
    putDigits(out, Math.abs(value), 1);
  }

  static void putFloat(RowBuffer out, float value) throws RejectedFieldException {
    if (!Float.isFinite(value)) {
      throw notFinite();
    }
    // Float.MAX_VALUE in as few digits as name it is a little more, which the server refuses.
    putAscii(out, Double.toString(value));
  }

  static void putDouble(RowBuffer out, double value) throws RejectedFieldException {
    if (!Double.isFinite(value)) {
      throw notFinite();
    }
    putAscii(out, Double.toString(value));
  }

  private static RejectedFieldException notFinite() {
    return new RejectedFieldException(
        OUT_OF_RANGE, "Not a finite number, and MariaDB stores no other.");
  }

  static void putDecimal(RowBuffer out, BigDecimal value) throws RejectedFieldException {
    // Before any arithmetic: 1E+600000000 written out would not fit the memory.
    if ((long) value.precision() - value.scale() > MAX_DECIMAL_DIGITS
        || value.scale() > MAX_SCALE) {
      throw new RejectedFieldException(OUT_OF_RANGE, "A number with too many digits for decimal.");
    }
    putAscii(out, value.toPlainString());
  }

  static void putDate(RowBuffer out, LocalDate value) throws RejectedFieldException {
    checkRange(value.atStartOfDay());
    putDay(out, value);
  }

  /** To the microsecond; what is finer is cut off. */
  static void putDatetime(RowBuffer out, LocalDateTime value) throws RejectedFieldException {
    checkRange(value);
    putDay(out, value.toLocalDate());
    out.putByte(' ');
    putDigits(out, value.getHour(), 2);
    out.putByte(':');
    putDigits(out, value.getMinute(), 2);
    out.putByte(':');
    putDigits(out, value.getSecond(), 2);
    if (value.getNano() >= 1_000) {
      out.putByte('.');
      putDigits(out, value.getNano() / 1_000, MICROS_DIGITS);
    }
  }

  /** In UTC, which is the time zone of the sink's connections. */
  static void putTimestamp(RowBuffer out, Instant value) throws RejectedFieldException {
    if (value.isBefore(FIRST_TIME.toInstant(ZoneOffset.UTC))
        || !value.isBefore(END_OF_TIME.toInstant(ZoneOffset.UTC))) {
      throw outside(value);
    }
    putDatetime(out, LocalDateTime.ofInstant(value, ZoneOffset.UTC));
  }

  static void putUuid(RowBuffer out, UUID value) {
    putAscii(out, value.toString());
  }

  static void putHex(RowBuffer out, byte[] value) {
    out.reserve(2 * value.length);
    for (var b : value) {
      out.putByte(HEX[b >> 4 & 0xf]);
      out.putByte(HEX[b & 0xf]);
    }
  }

  static void putText(RowBuffer out, String value) throws RejectedFieldException {
    out.reserve(value.length());
    for (var i = 0; i < value.length(); i++) {
      var c = value.charAt(i);
      if (c >= 0x80) {
        putUtf8(out, value.substring(i));
        return;
      }
      putEscaped(out, c);
    }
  }

  private static void putUtf8(RowBuffer out, String value) throws RejectedFieldException {
    try {
      ByteBuffer bytes =
          StandardCharsets.UTF_8
              .newEncoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .encode(CharBuffer.wrap(value));
      while (bytes.hasRemaining()) {
        putEscaped(out, bytes.get());
      }
    } catch (CharacterCodingException e) {
      throw new RejectedFieldException(INCORRECT_STRING, "Text with half a surrogate pair.");
    }
  }

  private static void putEscaped(RowBuffer out, int unit) {
    var escaped =
        switch (unit) {
          case '\t' -> 't';
          case '\n' -> 'n';
          case '\\' -> '\\';
          case 0 -> '0';
          default -> unit;
        };
    if (escaped != unit || unit == '\\') {
      out.putByte('\\');
    }
    out.putByte(escaped);
  }

  private static void putDay(RowBuffer out, LocalDate value) {
    putDigits(out, value.getYear(), 4);
    out.putByte('-');
    putDigits(out, value.getMonthValue(), 2);
    out.putByte('-');
    putDigits(out, value.getDayOfMonth(), 2);
  }

  private static void checkRange(LocalDateTime value) throws RejectedFieldException {
    if (value.isBefore(FIRST_TIME) || !value.isBefore(END_OF_TIME)) {
      throw outside(value);
    }
  }

  private static RejectedFieldException outside(Object time) {
    return new RejectedFieldException(
        "1292", "Time %s is outside of the years 1000 to 9999.".formatted(time));
  }

  private static void putDigits(RowBuffer out, long value, int atLeast) {
    var digits = 1;
    var power = 1L;
    while (digits < atLeast || value / power >= 10) {
      power *= 10;
      digits++;
    }
    for (; power > 0; power /= 10) {
      out.putByte((int) (value / power % 10) + '0');
    }
  }

  private static void putAscii(RowBuffer out, String text) {
    for (var i = 0; i < text.length(); i++) {
      out.putByte(text.charAt(i));
    }
  }
}
