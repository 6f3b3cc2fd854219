package io.onceflow.common.source.rabbitmq;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Values of headers as text. A text is itself; a number its decimal digits; a boolean {@code true}
 * or {@code false}; a time its ISO form in UTC; bytes are themselves when they are UTF-8, and else
 * {@code base64:} and their Base64; nothing is {@code null}. Lists and tables become JSON with the
 * texts of what they hold, cut at {@value #MAX_DEPTH} levels. Anything else is its {@code
 * toString}.
 *
 * <p>So the type of a value is not kept, and all else is. Never fails.
 */
final class HeaderText {

  static final int MAX_DEPTH = 16;

  private HeaderText() {}

  static Map<String, String> of(Map<?, ?> headers) {
    Map<String, String> texts = new HashMap<>();
    if (headers != null) {
      headers.forEach((name, value) -> texts.put(of(name), of(value)));
    }
    return texts;
  }

  static String of(Object value) {
    return isNested(value) ? json(value, new StringBuilder(), 0).toString() : plain(value);
  }

  /** The text, or null for nothing. */
  static String orNull(Object value) {
    return value == null ? null : of(value);
  }

  private static String plain(Object value) {
    try {
      if (value instanceof byte[] bytes) {
        return text(bytes);
      }
      if (value instanceof Date time) {
        return time.toInstant().toString();
      }
      return String.valueOf(value);
    } catch (RuntimeException e) {
      return "unreadable: " + value.getClass().getName();
    }
  }

  private static boolean isNested(Object value) {
    return value instanceof Map || value instanceof List || value instanceof Object[];
  }

  /** A text of RabbitMQ's is bytes too, and what is in them is the sender's to say. */
  private static String text(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes))
          .toString();
    } catch (CharacterCodingException e) {
      return "base64:" + Base64.getEncoder().encodeToString(bytes);
    }
  }

  private static StringBuilder json(Object value, StringBuilder out, int depth) {
    if (depth >= MAX_DEPTH && isNested(value)) {
      return quoted("...", out);
    }
    if (value instanceof Map<?, ?> map) {
      return object(map, out, depth);
    }
    if (value instanceof List<?> list) {
      return array(list, out, depth);
    }
    if (value instanceof Object[] array) {
      return array(Arrays.asList(array), out, depth);
    }
    if (value == null || value instanceof Boolean || value instanceof Number) {
      return out.append(plain(value));
    }
    return quoted(plain(value), out);
  }

  private static StringBuilder object(Map<?, ?> map, StringBuilder out, int depth) {
    out.append('{');
    String separator = "";
    for (var entry : map.entrySet()) {
      quoted(plain(entry.getKey()), out.append(separator)).append(':');
      json(entry.getValue(), out, depth + 1);
      separator = ",";
    }
    return out.append('}');
  }

  private static StringBuilder array(List<?> list, StringBuilder out, int depth) {
    out.append('[');
    String separator = "";
    for (var element : list) {
      json(element, out.append(separator), depth + 1);
      separator = ",";
    }
    return out.append(']');
  }

  private static StringBuilder quoted(String text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ') {
        out.append("\\u%04x".formatted((int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"');
  }
}
