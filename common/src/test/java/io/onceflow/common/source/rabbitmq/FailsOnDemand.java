package io.onceflow.common.source.rabbitmq;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.common.functions.MapFunction;

/** Hands texts on, and throws at the next one when it was told to. */
final class FailsOnDemand implements MapFunction<String, String> {

  private static final long serialVersionUID = 1L;
  private static final Map<String, Boolean> DEMANDS = new ConcurrentHashMap<>();

  private final String name;

  FailsOnDemand(String name) {
    this.name = name;
  }

  static void demand(String name) {
    DEMANDS.put(name, true);
  }

  static boolean isDone(String name) {
    return !DEMANDS.containsKey(name);
  }

  @Override
  public String map(String text) {
    if (DEMANDS.remove(name) != null) {
      throw new IllegalStateException("Failing as asked.");
    }
    return text;
  }
}
