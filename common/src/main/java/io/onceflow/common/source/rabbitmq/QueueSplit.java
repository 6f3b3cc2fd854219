package io.onceflow.common.source.rabbitmq;

import org.apache.flink.api.connector.source.SourceSplit;

/**
 * A queue, and what a checkpoint knows of it. The queue itself keeps the messages; the split keeps
 * which of them were emitted.
 *
 * @param queue its name
 * @param ids the ids that were emitted and may be seen again
 * @param remaining how many messages a bounded read still takes, or {@link #UNCOUNTED}, or {@link
 *     #UNBOUNDED}
 */
public record QueueSplit(String queue, SeenIds.Snapshot ids, long remaining)
    implements SourceSplit {

  /** The read has no end. */
  static final long UNBOUNDED = -1;

  /** The read ends, and nobody has counted the messages yet. */
  static final long UNCOUNTED = -2;

  static QueueSplit untouched(String queue, boolean bounded) {
    return new QueueSplit(queue, SeenIds.Snapshot.NONE, bounded ? UNCOUNTED : UNBOUNDED);
  }

  @Override
  public String splitId() {
    return queue;
  }
}
