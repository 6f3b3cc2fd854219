package io.onceflow.common.config;

import java.util.Locale;
import java.util.Objects;

/**
 * One thing that is wrong in a configuration, complete enough to be put right without the code.
 *
 * @param key the full dotted key, or what stands for it
 * @param value the text that was given, or null when there is none or when it must not be shown
 * @param origin file and line, {@code --set}, {@code default}, or null when unknown
 * @param expected what is allowed, as the end of a sentence
 */
public record Mistake(String key, String value, String origin, String expected) {

  static final String MASK = "******";

  /** Checks the parts that every mistake has. */
  public Mistake {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(expected, "expected");
  }

  /** One line; a value whose key sounds like a secret is masked. */
  @Override
  public String toString() {
    StringBuilder line = new StringBuilder(OneLine.of(key));
    if (value != null) {
      line.append(" = ").append(soundsSecret(key) ? MASK : OneLine.of(value));
    }
    if (origin != null) {
      line.append(" (").append(OneLine.of(origin)).append(')');
    }
    return line.append(": ").append(expected).toString();
  }

  /** The words by which Flink itself decides what to hide in its web UI, and a few more. */
  static boolean soundsSecret(String key) {
    String lower = key.toLowerCase(Locale.ROOT);
    return lower.contains("passw")
        || lower.contains("secret")
        || lower.contains("token")
        || lower.contains("credential")
        || lower.contains("jaas")
        || lower.contains("private-key")
        || lower.contains("api-key")
        || lower.contains("apikey");
  }
}
