package io.onceflow.common.config;

import java.util.function.Function;

/** Configurations of tests, read as a user's file is. */
public final class TestYaml {

  private TestYaml() {}

  /** Reads a YAML text with the keys of one group. */
  public static <C> C read(String yaml, Function<ConfigReader, C> parser) {
    return ConfigReader.read("the test", Settings.parse("job.yaml", yaml, name -> null), parser);
  }
}
