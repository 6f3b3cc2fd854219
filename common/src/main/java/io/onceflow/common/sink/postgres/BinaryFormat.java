package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.RowBuffer;
import io.onceflow.common.commit.RowRejectedException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/**
 * Field values in the format of {@code COPY (FORMAT binary)}: a length, then the bytes.
 *
 * <p>Source: PostgreSQL's manual, COPY, "Binary Format", and the receive functions of each type.
 * Each method rejects what the server could not store, so that a bad value costs one row and not a
 * transaction.
 */
final class BinaryFormat {

  static final byte[] HEADER = {
    'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xff, '\r', '\n', 0, 0, 0, 0, 0, 0, 0, 0, 0
  };
  static final byte[] TRAILER = {(byte) 0xff, (byte) 0xff};

  private static final long EPOCH_SECOND_2000 = 946_684_800L;
  private static final int EPOCH_DAY_2000 = 10_957;
  private static final int MICROS_PER_SECOND = 1_000_000;
  private static final int JSONB_VERSION = 1;
  private static final LocalDateTime FIRST_TIMESTAMP = LocalDateTime.of(-4712, 1, 1, 0, 0);
  private static final LocalDateTime LAST_TIMESTAMP = LocalDateTime.of(294_276, 12, 31, 23, 59, 59);

  private static final int NUMERIC_NEGATIVE = 0x4000;
  private static final int NUMERIC_MAX_SCALE = 16_383;
  private static final int NUMERIC_MAX_INTEGER_DIGITS = 131_072;
  private static final int NUMERIC_BASE_DIGITS = 4;

  private BinaryFormat() {}

  static void putNull(RowBuffer out) {
    out.putInt(-1);
  }

  static void putBoolean(RowBuffer out, boolean value) {
    out.putInt(1);
    out.putByte(value ? 1 : 0);
  }

  static void putShort(RowBuffer out, short value) {
    out.putInt(Short.BYTES);
    out.putShort(value);
  }

  static void putInt(RowBuffer out, int value) {
    out.putInt(Integer.BYTES);
    out.putInt(value);
  }

  static void putLong(RowBuffer out, long value) {
    out.putInt(Long.BYTES);
    out.putLong(value);
  }

  static void putBytes(RowBuffer out, byte[] value) {
    out.putInt(value.length);
    out.putBytes(value, 0, value.length);
  }

  static void putUuid(RowBuffer out, java.util.UUID value) {
    out.putInt(2 * Long.BYTES);
    out.putLong(value.getMostSignificantBits());
    out.putLong(value.getLeastSignificantBits());
  }

  static void putDate(RowBuffer out, LocalDate value) throws Rejected {
    checkRange(value.atStartOfDay());
    putInt(out, Math.toIntExact(value.toEpochDay() - EPOCH_DAY_2000));
  }

  static void putTimestamp(RowBuffer out, LocalDateTime value) throws Rejected {
    checkRange(value);
    putLong(out, micros(value.toEpochSecond(ZoneOffset.UTC), value.getNano()));
  }

  static void putTimestamptz(RowBuffer out, Instant value) throws Rejected {
    if (value.isBefore(FIRST_TIMESTAMP.toInstant(ZoneOffset.UTC))
        || value.isAfter(LAST_TIMESTAMP.toInstant(ZoneOffset.UTC))) {
      throw new Rejected("22008", "Time %s is outside what PostgreSQL stores.".formatted(value));
    }
    putLong(out, micros(value.getEpochSecond(), value.getNano()));
  }

  static void putText(RowBuffer out, String value) throws Rejected {
    var lengthAt = startField(out);
    putUtf8(out, value);
    endField(out, lengthAt);
  }

  static void putJsonb(RowBuffer out, String value) throws Rejected {
    var lengthAt = startField(out);
    out.putByte(JSONB_VERSION);
    putUtf8(out, value);
    endField(out, lengthAt);
  }

  /** Digits in base 10,000 around the decimal point, most significant first. */
  static void putNumeric(RowBuffer out, BigDecimal value) throws Rejected {
    // Before any arithmetic: 1E+600000000 written out would not fit the memory.
    if (value.scale() > NUMERIC_MAX_SCALE
        || (long) value.precision() - value.scale() > NUMERIC_MAX_INTEGER_DIGITS) {
      throw new Rejected("22003", "A number with too many digits for numeric.");
    }
    var plain = value.scale() < 0 ? value.setScale(0) : value;
    var padding = Math.floorMod(-plain.scale(), NUMERIC_BASE_DIGITS);
    var digits = base10000(plain.unscaledValue().abs().multiply(BigInteger.TEN.pow(padding)));
    var fractionGroups = (plain.scale() + padding) / NUMERIC_BASE_DIGITS;
    out.putInt(Short.BYTES * (4 + digits.length));
    out.putShort(digits.length);
    out.putShort(digits.length - fractionGroups - 1);
    out.putShort(plain.signum() < 0 ? NUMERIC_NEGATIVE : 0);
    out.putShort(plain.scale());
    for (var digit : digits) {
      out.putShort(digit);
    }
  }

  private static short[] base10000(BigInteger magnitude) {
    if (magnitude.signum() == 0) {
      return new short[0];
    }
    var text = magnitude.toString();
    var groups = (text.length() + NUMERIC_BASE_DIGITS - 1) / NUMERIC_BASE_DIGITS;
    var digits = new short[groups];
    var end = text.length();
    for (var i = groups - 1; i >= 0; i--) {
      var start = Math.max(0, end - NUMERIC_BASE_DIGITS);
      digits[i] = Short.parseShort(text.substring(start, end));
      end = start;
    }
    return digits;
  }

  private static long micros(long epochSecond, int nano) {
    return (epochSecond - EPOCH_SECOND_2000) * MICROS_PER_SECOND + nano / 1_000;
  }

  private static void checkRange(LocalDateTime value) throws Rejected {
    if (value.isBefore(FIRST_TIMESTAMP) || value.isAfter(LAST_TIMESTAMP)) {
      throw new Rejected("22008", "Time %s is outside what PostgreSQL stores.".formatted(value));
    }
  }

  private static int startField(RowBuffer out) {
    out.putInt(0);
    return out.length();
  }

  private static void endField(RowBuffer out, int startedAt) {
    out.setInt(startedAt - Integer.BYTES, out.length() - startedAt);
  }

  private static void putUtf8(RowBuffer out, String value) throws Rejected {
    var length = value.length();
    out.reserve(length);
    for (var i = 0; i < length; i++) {
      var c = value.charAt(i);
      if (c == 0) {
        throw new Rejected("22021", "Text with a NUL character.");
      }
      if (c >= 0x80) {
        putNonAscii(out, value, i);
        return;
      }
      out.putByte(c);
    }
  }

  private static void putNonAscii(RowBuffer out, String value, int from) throws Rejected {
    if (value.indexOf(0, from) >= 0) {
      throw new Rejected("22021", "Text with a NUL character.");
    }
    try {
      ByteBuffer bytes =
          StandardCharsets.UTF_8
              .newEncoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .encode(CharBuffer.wrap(value, from, value.length()));
      out.putBytes(bytes.array(), bytes.arrayOffset(), bytes.limit());
    } catch (CharacterCodingException e) {
      throw new Rejected("22021", "Text with half a surrogate pair.");
    }
  }

  /** A value that no column of its type can hold. */
  static final class Rejected extends Exception {
    private static final long serialVersionUID = 1L;
    private final String code;

    Rejected(String code, String message) {
      super(message, null, false, false);
      this.code = code;
    }

    RowRejectedException in(String table, String column) {
      return new RowRejectedException(table, code, "Column %s: %s".formatted(column, getMessage()));
    }
  }
}
