package io.onceflow.common.config;

import java.util.List;
import java.util.stream.Collectors;

/**
 * One line of the generated reference.
 *
 * @param key the full dotted key
 * @param type such as {@code integer} or {@code duration}
 * @param defaultValue the default as text, or {@code required}, or {@code -} for optional keys
 * @param allowed the allowed values in words, or empty when the type says it all
 * @param description one sentence
 */
public record OptionReference(
    String key, String type, String defaultValue, String allowed, String description) {

  static final String REQUIRED = "required";
  static final String OPTIONAL = "-";

  /** The reference as text for {@code --help}. */
  public static String asText(List<OptionReference> options) {
    return options.stream()
        .map(
            option ->
                "%s  (%s, %s)%n    %s%s%n"
                    .formatted(
                        option.key,
                        option.type,
                        option.defaultInWords(),
                        option.description,
                        option.allowed.isEmpty() ? "" : " Allowed: " + option.allowed + "."))
        .collect(Collectors.joining());
  }

  /** The reference as a Markdown table, for documents. */
  public static String asMarkdown(List<OptionReference> options) {
    String head = "| key | type | default | allowed | meaning |\n|---|---|---|---|---|\n";
    return options.stream()
        .map(
            option ->
                "| `%s` | %s | %s | %s | %s |%n"
                    .formatted(
                        option.key,
                        option.type,
                        option.defaultValue,
                        option.allowed.replace("|", "\\|"),
                        option.description))
        .collect(Collectors.joining("", head, ""));
  }

  private String defaultInWords() {
    return switch (defaultValue) {
      case REQUIRED -> REQUIRED;
      case OPTIONAL -> "optional";
      default -> "default " + defaultValue;
    };
  }
}
