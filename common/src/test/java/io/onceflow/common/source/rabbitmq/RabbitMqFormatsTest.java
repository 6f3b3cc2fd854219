package io.onceflow.common.source.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

/** What is written is read, and what was damaged is refused. */
class RabbitMqFormatsTest {

  private final RabbitMqMessageSerializer messages = new RabbitMqMessageSerializer();

  private byte[] bytes(RabbitMqMessage message) throws IOException {
    var out = new DataOutputSerializer(64);
    messages.serialize(message, out);
    return out.getCopyOfBuffer();
  }

  @Test
  void aMessageWithEverythingAndOneWithNothingAreReadAsTheyWere() throws IOException {
    for (var message :
        new RabbitMqMessage[] {
          RabbitMqValues.message(),
          new RabbitMqMessage(
              "", -1, null, null, null, null, null, -1, -1, Map.of(), false, new byte[0])
        }) {
      assertThat(messages.deserialize(new DataInputDeserializer(bytes(message))))
          .isEqualTo(message)
          .hasSameHashCodeAs(message);
    }
  }

  @Test
  void aHeaderOfAMegabyteIsNoProblem() throws IOException {
    var message = Messages.message("q", "id", "", Map.of("huge", "ä".repeat(1 << 20)));
    assertThat(messages.deserialize(new DataInputDeserializer(bytes(message)))).isEqualTo(message);
  }

  @Test
  void damagedBytesAreRefusedAndTakeNoMemory() throws IOException {
    byte[] good = bytes(RabbitMqValues.message());
    for (int length = 0; length < good.length; length++) {
      byte[] cut = Arrays.copyOf(good, length);
      assertThatThrownBy(() -> messages.deserialize(new DataInputDeserializer(cut)))
          .as("the first %d bytes", length)
          .isInstanceOf(IOException.class);
    }
    byte[] longer = good.clone();
    longer[1] = 0x70;
    assertThatThrownBy(() -> messages.deserialize(new DataInputDeserializer(longer)))
        .hasMessageContaining("the bytes are damaged");
  }

  @Test
  void splitsAreReadAsTheyWere() throws IOException {
    var queues = new QueueSplitSerializer();
    var ids = new SeenIds(4, 2);
    for (int i = 0; i < 4; i++) {
      ids.add(MessageHash.ofId("id " + i));
    }
    var queue = new QueueSplit("q", ids.snapshot(), 7);
    var read = queues.deserialize(1, queues.serialize(queue));
    assertThat(read.queue()).isEqualTo("q");
    assertThat(read.remaining()).isEqualTo(7);
    assertThat(read.ids().expected()).isEqualTo(queue.ids().expected()).hasSize(32);
    assertThat(read.ids().recent()).isEqualTo(queue.ids().recent()).hasSize(32);
    var streams = new StreamSplitSerializer();
    var stream = new StreamSplit("s", Long.MAX_VALUE, StreamSplit.UNBOUNDED);
    assertThat(streams.deserialize(1, streams.serialize(stream))).isEqualTo(stream);
    var assigned = new AssignedSplitsSerializer();
    var names = new AssignedSplits(Set.of("a", "b"));
    assertThat(assigned.deserialize(1, assigned.serialize(names))).isEqualTo(names);
  }

  @Test
  void stateOfANewerReleaseAndHalfAnIdAreRefused() throws IOException {
    var queues = new QueueSplitSerializer();
    byte[] bytes = queues.serialize(QueueSplit.untouched("q", false));
    assertThatThrownBy(() -> queues.deserialize(2, bytes))
        .hasMessage(
            "A queue was saved in version 2; this release reads versions 1 to 1: use the newer release.");
    var odd = new DataOutputSerializer(64);
    MessageWire.writeText("q", odd);
    MessageWire.writeBytes(new byte[15], odd);
    MessageWire.writeBytes(new byte[0], odd);
    odd.writeLong(-1);
    assertThatThrownBy(() -> queues.deserialize(1, odd.getCopyOfBuffer()))
        .hasMessage("The state of a queue is damaged: Ids have 16 bytes each.");
  }
}
