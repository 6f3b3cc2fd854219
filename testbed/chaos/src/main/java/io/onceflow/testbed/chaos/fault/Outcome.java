package io.onceflow.testbed.chaos.fault;

/** How a fault ended. */
public sealed interface Outcome {

  /**
   * It happened.
   *
   * @param detail to whom and how, for the history
   */
  record Injected(String detail) implements Outcome {}

  /**
   * What it waited for did not come by.
   *
   * @param detail what was armed
   */
  record ArmedNotHit(String detail) implements Outcome {}

  /**
   * It could not be injected.
   *
   * @param reason why
   */
  record NotInjected(String reason) implements Outcome {}

  static Outcome injected(String detail, Object... values) {
    return new Injected(detail.formatted(values));
  }
}
