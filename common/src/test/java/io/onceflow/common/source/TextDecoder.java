package io.onceflow.common.source;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Decodes UTF-8 and fails in every way a decoder can, on demand. */
final class TextDecoder implements Decoder<String> {

  private static final long serialVersionUID = 1L;

  @Override
  public String decode(RawRecord record) throws DecodeException {
    if (record.value() == null) {
      throw new DecodeException("no_value", "The record has no value.");
    }
    String text = text(record.value());
    return switch (text) {
      case "bug" -> throw new IllegalStateException("a bug\r\nwith a second line");
      case "deep" -> recurse(1) + text;
      case "nothing" -> null;
      default -> text;
    };
  }

  private static String text(byte[] value) throws DecodeException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(value)).toString();
    } catch (CharacterCodingException e) {
      throw new DecodeException("invalid_utf8", "The value is not UTF-8.");
    }
  }

  private static String recurse(int depth) {
    return recurse(depth + 1) + depth;
  }
}
