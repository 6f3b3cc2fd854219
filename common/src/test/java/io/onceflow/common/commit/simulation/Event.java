package io.onceflow.common.commit.simulation;

/**
 * Something that may happen now.
 *
 * @param label for the trace
 * @param weight how likely it is beside the others
 * @param action what happens
 */
record Event(String label, int weight, Runnable action) {

  Event times(int factor) {
    return new Event(label, weight * factor, action);
  }
}
