package io.onceflow.common.source.rabbitmq;

import io.onceflow.common.source.rabbitmq.QueueEvent.Delivery;
import io.onceflow.common.source.rabbitmq.QueueEvent.DeliveryTag;

/** What a running reader knows of one queue: a {@link QueueSplit} that changes. Task thread. */
final class QueueProgress {

  private final String queue;
  private final SeenIds ids;
  private long remaining;
  private DeliveryTag newest;

  QueueProgress(QueueSplit split, int window, int prefetch) {
    this.queue = split.queue();
    this.remaining = split.remaining();
    this.ids = new SeenIds(window, prefetch);
    ids.restore(split.ids());
  }

  /**
   * Takes a delivery, the next one of its queue; whether it is to be emitted. From here on the next
   * checkpoint answers for it.
   */
  boolean take(Delivery delivery) {
    if (newest != null && newest.connection() != delivery.tag().connection()) {
      ids.connectionLost();
    }
    newest = delivery.tag();
    boolean isNew = delivery.id() == null || ids.add(delivery.id());
    if (remaining > 0 && (isNew || !delivery.message().redelivered())) {
      remaining--;
    }
    return isNew;
  }

  /** A bounded read takes so many messages; one that was restored has counted before. */
  void counted(long messages) {
    if (remaining == QueueSplit.UNCOUNTED) {
      remaining = messages;
    }
  }

  /** Whether a bounded read has what it came for. */
  boolean isComplete() {
    return remaining == 0;
  }

  String queue() {
    return queue;
  }

  /** The delivery up to which everything was taken, or null. */
  DeliveryTag newest() {
    return newest;
  }

  long forgotten() {
    return ids.forgotten();
  }

  int rememberedIds() {
    return ids.size();
  }

  QueueSplit split() {
    return new QueueSplit(queue, ids.snapshot(), remaining);
  }
}
