package io.onceflow.common.retry;

import io.onceflow.common.config.OneLine;
import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * What is known of the systems that attempts need: breakers, pauses and attempts under way. Only
 * the first {@value #MAX} names get their own, the rest share {@value #OTHER}, so that input cannot
 * make memory grow. Task thread only.
 */
final class Dependencies {

  /** How many are told apart. */
  static final int MAX = 256;

  /** All that are not told apart. */
  static final String OTHER = "other";

  /** One of them. */
  static final class Dependency {
    final Breaker breaker;
    boolean paused;
    int running;

    private Dependency(RandomGenerator random) {
      breaker = new Breaker(random);
    }
  }

  private final Map<String, Dependency> byName = new HashMap<>();
  private final RandomGenerator random;

  Dependencies(RandomGenerator random) {
    this.random = random;
  }

  /** The name under which a dependency is kept. */
  String canonical(String name) {
    String line = OneLine.of(name);
    String known = byName.containsKey(line) || byName.size() < MAX ? line : OTHER;
    get(known);
    return known;
  }

  /** By its canonical name. */
  Dependency get(String name) {
    return byName.computeIfAbsent(name, unknown -> new Dependency(random));
  }

  void pause(String name, boolean paused) {
    get(canonical(name)).paused = paused;
  }

  void resumeAll() {
    byName.values().forEach(dependency -> dependency.paused = false);
  }

  /** How many breakers are not closed. */
  int openBreakers() {
    return (int) byName.values().stream().filter(one -> !one.breaker.isClosed()).count();
  }
}
