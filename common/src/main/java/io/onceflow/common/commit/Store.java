package io.onceflow.common.commit;

import java.io.Serializable;
import java.util.List;
import java.util.Optional;

/**
 * An external system that rows go to. The object travels in the job graph: it must hold no
 * connection and no secret, only references to them.
 *
 * @param <T> the sink's input
 */
public interface Store<T> extends Serializable {

  /** What the store calls itself in messages, such as {@code PostgreSQL at localhost:5432/db}. */
  String description();

  /** The tables or topics that rows go to; a {@link SegmentPart#target()} is an index into it. */
  List<String> targets();

  /** A new encoder for one writer. */
  RowEncoder<T> createEncoder();

  /** Leases that are kept in the store itself, for sinks that want to be alone; default none. */
  default Optional<SinkGates> gates() {
    return Optional.empty();
  }
}
