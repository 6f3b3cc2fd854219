package io.onceflow.common.config;

import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Replaces {@code ${NAME}} and {@code ${NAME:default}} by the environment, once: what a variable
 * holds is not looked at again. {@code $${} stands for a literal <code>${</code>.
 */
final class Substitution {

  private static final String NAME = "[A-Za-z_][A-Za-z0-9_]*";
  private static final Pattern REFERENCE =
      Pattern.compile("(\\$\\$\\{)|\\$\\{(?:(" + NAME + ")(?::([^}]*))?})?");
  private static final Pattern ONLY_REFERENCE = Pattern.compile("\\$\\{(" + NAME + ")}");

  private final UnaryOperator<String> environment;

  Substitution(UnaryOperator<String> environment) {
    this.environment = environment;
  }

  /**
   * @throws UnresolvedException whose message completes "key: .." when a variable is not set
   */
  String apply(String text) {
    return REFERENCE.matcher(text).replaceAll(match -> Matcher.quoteReplacement(one(match)));
  }

  private String one(MatchResult match) {
    if (match.group(1) != null) {
      return "${";
    }
    String name = match.group(2);
    if (name == null) {
      throw new UnresolvedException(
          "has a ${ that is no reference; write ${NAME}, ${NAME:default}, or $${ for the text");
    }
    String value = environment.apply(name);
    if (value != null) {
      return value;
    }
    if (match.group(3) == null) {
      throw new UnresolvedException(
          "the environment variable " + name + " is not set; set it or write ${" + name + ":..}");
    }
    return match.group(3);
  }

  /** The variable's name if the text is exactly one reference without a default, or null. */
  static String onlyReference(String text) {
    Matcher matcher = ONLY_REFERENCE.matcher(text.strip());
    return matcher.matches() ? matcher.group(1) : null;
  }
}
