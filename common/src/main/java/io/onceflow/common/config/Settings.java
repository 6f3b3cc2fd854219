package io.onceflow.common.config;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What was configured, still as text: the YAML file with {@code --set} laid over it. The
 * environment is substituted only when a value is read, so that a secret stays a reference.
 */
public final class Settings {

  private final Map<String, RawValue> values;
  private final UnaryOperator<String> environment;

  private Settings(Map<String, RawValue> values, UnaryOperator<String> environment) {
    this.values = values;
    this.environment = environment;
  }

  /**
   * Reads the file the arguments name, if any, and lays their {@code --set} over it.
   *
   * @throws ConfigException when the file cannot be read or is not plain YAML
   */
  public static Settings load(Arguments arguments) {
    return load(arguments, System::getenv);
  }

  /** As {@link #load(Arguments)}, with an environment that returns null for what is not set. */
  public static Settings load(Arguments arguments, UnaryOperator<String> environment) {
    Map<String, RawValue> values =
        new LinkedHashMap<>(arguments.config().map(YamlFile::read).orElseGet(Map::of));
    arguments.sets().forEach((key, text) -> values.put(key, RawValue.of(text, "--set")));
    return new Settings(values, environment);
  }

  /** Settings from YAML text; {@code name} stands for the file in messages. */
  public static Settings parse(String name, String yaml, UnaryOperator<String> environment) {
    return new Settings(YamlFile.parse(name, yaml), environment);
  }

  /**
   * Only these keys and what is below them: for a reader that shares the file with a job and does
   * not know the job's keys.
   */
  public Settings only(String... keys) {
    Map<String, RawValue> some = new LinkedHashMap<>(values);
    some.keySet()
        .removeIf(
            key ->
                Arrays.stream(keys)
                    .noneMatch(wanted -> key.equals(wanted) || key.startsWith(wanted + ".")));
    return new Settings(some, environment);
  }

  /** Whether nothing is set. */
  public boolean isEmpty() {
    return values.isEmpty();
  }

  static Settings empty() {
    return new Settings(Map.of(), name -> null);
  }

  Map<String, RawValue> values() {
    return values;
  }

  Substitution substitution() {
    return new Substitution(environment);
  }
}
