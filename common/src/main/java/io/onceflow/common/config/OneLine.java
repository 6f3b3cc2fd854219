package io.onceflow.common.config;

/**
 * Text from outside made safe for one line of a log, a header or a message: control characters are
 * escaped and the length is capped, so nothing can forge a second log line or colour a terminal.
 */
public final class OneLine {

  /** The longest text in UTF-16 units, the mark of a cut included. */
  public static final int MAX_CHARS = 256;

  private static final String CUT = "...";

  private OneLine() {}

  /** Escapes and caps a text; null becomes the word null. */
  public static String of(String text) {
    return of(text, MAX_CHARS);
  }

  /**
   * Escapes a text and caps it elsewhere.
   *
   * @param maxChars at least 3, for the mark of a cut
   */
  public static String of(String text, int maxChars) {
    if (text == null) {
      return "null";
    }
    StringBuilder line = new StringBuilder(Math.min(text.length(), maxChars));
    int cutAt = 0;
    for (int i = 0; i < text.length(); i++) {
      line.append(escaped(text.charAt(i)));
      if (line.length() > maxChars) {
        line.setLength(cutAt);
        return line.append(CUT).toString();
      }
      if (line.length() <= maxChars - CUT.length()) {
        cutAt = line.length();
      }
    }
    return line.toString();
  }

  private static String escaped(char c) {
    return switch (c) {
      case '\r' -> "\\r";
      case '\n' -> "\\n";
      case '\t' -> "\\t";
      default -> isPlain(c) ? String.valueOf(c) : String.format("\\u%04x", (int) c);
    };
  }

  /** Bidirectional and line separator characters mislead as much as control characters do. */
  private static boolean isPlain(char c) {
    int type = Character.getType(c);
    return type != Character.CONTROL
        && type != Character.FORMAT
        && type != Character.LINE_SEPARATOR
        && type != Character.PARAGRAPH_SEPARATOR
        && type != Character.SURROGATE;
  }
}
