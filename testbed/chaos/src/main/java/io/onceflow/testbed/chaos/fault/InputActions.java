package io.onceflow.testbed.chaos.fault;

/** What faults do to the input. Thread-safe. */
public interface InputActions {

  /** Sends this many events that cannot be decoded. */
  void poison(int events);

  /** Sends this many events again that were sent before. */
  void duplicates(int events);
}
