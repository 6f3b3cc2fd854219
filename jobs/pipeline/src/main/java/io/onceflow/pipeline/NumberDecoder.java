package io.onceflow.pipeline;

import io.onceflow.common.source.DecodeException;
import io.onceflow.common.source.Decoder;
import io.onceflow.common.source.RawRecord;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * Reads a whole number in decimal digits, with a minus sign at most: no spaces, no plus, no
 * exponent. Everything else is a {@link DecodeException}; so is a number whose double is no 64-bit
 * integer, because after it there is no way to the dead letters.
 */
final class NumberDecoder implements Decoder<NumberRecord> {

  private static final long serialVersionUID = 1L;

  /** As many characters as the smallest 64-bit integer. */
  private static final int LONGEST = 20;

  private static final Pattern NUMBER = Pattern.compile("-?[0-9]+");

  @Override
  public NumberRecord decode(RawRecord record) throws DecodeException {
    byte[] value = record.value();
    if (value == null || value.length == 0) {
      throw new DecodeException("empty", "The record has no value.");
    }
    if (value.length > LONGEST) {
      throw new DecodeException(
          "not_a_number",
          "The value has %d bytes; a number has at most %d.".formatted(value.length, LONGEST));
    }
    String text = new String(value, StandardCharsets.ISO_8859_1);
    if (!NUMBER.matcher(text).matches()) {
      throw new DecodeException(
          "not_a_number", "The value is not a whole number in decimal digits.");
    }
    return new NumberRecord(record.key(), parse(text), record.timestampMs());
  }

  private static long parse(String text) throws DecodeException {
    try {
      long number = Long.parseLong(text);
      if (number >= TimesTwo.SMALLEST && number <= TimesTwo.LARGEST) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Digits alone: it is too large, which is told below.
    }
    throw new DecodeException(
        "out_of_range",
        "The number is not between %d and %d.".formatted(TimesTwo.SMALLEST, TimesTwo.LARGEST));
  }
}
