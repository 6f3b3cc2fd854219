package io.onceflow.common.source.rabbitmq;

import java.util.Set;

/**
 * What a checkpoint keeps of the enumerator: the queues or streams that readers have, whose state
 * is with the readers.
 *
 * @param names of queues or streams
 */
public record AssignedSplits(Set<String> names) {

  /** Takes a copy. */
  public AssignedSplits {
    names = Set.copyOf(names);
  }

  static AssignedSplits none() {
    return new AssignedSplits(Set.of());
  }
}
