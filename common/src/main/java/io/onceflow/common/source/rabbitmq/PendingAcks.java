package io.onceflow.common.source.rabbitmq;

import io.onceflow.common.source.rabbitmq.QueueEvent.DeliveryTag;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What to acknowledge when a checkpoint is complete: the newest delivery of each queue that the
 * checkpoint, or an older one, contains. Task thread.
 *
 * <p>A checkpoint that completes covers all older ones, whatever became of them. One that is
 * aborted acknowledges nothing; the next one will.
 */
final class PendingAcks {

  private final Map<String, QueueProgress> queues = new HashMap<>();
  private final TreeMap<Long, Map<String, DeliveryTag>> byCheckpoint = new TreeMap<>();

  /** A queue stays known after a bounded read of it has ended: its last messages still wait. */
  void add(String queue, QueueProgress progress) {
    queues.put(queue, progress);
  }

  /** The state of a checkpoint is being taken. */
  void taken(long checkpoint) {
    var newest = new HashMap<String, DeliveryTag>();
    queues.forEach(
        (queue, progress) -> {
          if (progress.newest() != null) {
            newest.put(queue, progress.newest());
          }
        });
    byCheckpoint.put(checkpoint, newest);
  }

  /** A checkpoint is complete; what may be acknowledged now. */
  Map<String, DeliveryTag> complete(long checkpoint) {
    var covered = byCheckpoint.headMap(checkpoint, true);
    Map<String, DeliveryTag> due = covered.isEmpty() ? Map.of() : covered.lastEntry().getValue();
    covered.clear();
    return due;
  }

  void aborted(long checkpoint) {
    byCheckpoint.remove(checkpoint);
  }
}
