package io.onceflow.common.source.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.source.rabbitmq.QueueEvent.Delivery;
import io.onceflow.common.source.rabbitmq.QueueEvent.DeliveryTag;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PendingAcksTest {

  private final QueueProgress progress =
      new QueueProgress(QueueSplit.untouched("q", false), 10, 10);
  private final PendingAcks acks = new PendingAcks();

  private DeliveryTag take(long connection, long number) {
    var tag = new DeliveryTag(connection, number);
    var id = connection + "." + number;
    progress.take(new Delivery(tag, MessageHash.ofId(id), Messages.message("q", id, "", Map.of())));
    return tag;
  }

  @Test
  void aCheckpointAcknowledgesWhatWasTakenBeforeItAndNothingAfterIt() {
    acks.add("q", progress);
    acks.taken(1);
    var first = take(1, 1);
    acks.taken(2);
    take(1, 2);
    assertThat(acks.complete(1)).as("nothing was taken yet").isEmpty();
    assertThat(acks.complete(2)).containsExactly(Map.entry("q", first));
  }

  @Test
  void aCheckpointCoversOlderOnesAndAnAbortedOneAcknowledgesNothing() {
    acks.add("q", progress);
    take(1, 1);
    acks.taken(1);
    take(1, 2);
    acks.taken(2);
    acks.aborted(2);
    var third = take(1, 3);
    acks.taken(3);
    assertThat(acks.complete(2)).hasSize(1);
    assertThat(acks.complete(3)).containsExactly(Map.entry("q", third));
    assertThat(acks.complete(3)).isEmpty();
  }

  @Test
  void aBoundedReadCountsMessagesAndNoRedeliveries() {
    var bounded = new QueueProgress(QueueSplit.untouched("q", true), 10, 10);
    bounded.counted(2);
    bounded.counted(9);
    var message = Messages.message("q", "a", "", Map.of());
    var again = Messages.message("q", "a", "", Map.of(), true);
    var id = MessageHash.ofId("a");
    assertThat(bounded.take(new Delivery(new DeliveryTag(1, 1), id, message))).isTrue();
    assertThat(bounded.take(new Delivery(new DeliveryTag(2, 1), id, again))).isFalse();
    assertThat(bounded.isComplete()).isFalse();
    assertThat(bounded.take(new Delivery(new DeliveryTag(2, 2), id, message))).isFalse();
    assertThat(bounded.isComplete()).as("the producer's repetition was one of the two").isTrue();
  }
}
