package io.onceflow.common.config;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Every mistake of a configuration in one message, for the person who wrote it.
 *
 * <p>It has no stack trace: the fault is in a file or an argument, not in the code.
 */
public final class ConfigException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final ArrayList<String> mistakes;

  /**
   * @param subject what was being configured, such as {@code the configuration of job ledger}
   * @param mistakes at least one
   */
  public ConfigException(String subject, List<Mistake> mistakes) {
    super(message(subject, mistakes), null, false, false);
    this.mistakes =
        mistakes.stream().map(Mistake::toString).collect(Collectors.toCollection(ArrayList::new));
  }

  static ConfigException of(String subject, Mistake mistake) {
    return new ConfigException(subject, List.of(mistake));
  }

  /** The mistakes, one line each, in the order in which they were found. */
  public List<String> mistakes() {
    return List.copyOf(mistakes);
  }

  private static String message(String subject, List<Mistake> mistakes) {
    String head = mistakes.size() == 1 ? "1 mistake" : mistakes.size() + " mistakes";
    return mistakes.stream()
        .map(Mistake::toString)
        .collect(Collectors.joining("\n  ", head + " in " + subject + ":\n  ", ""));
  }
}
