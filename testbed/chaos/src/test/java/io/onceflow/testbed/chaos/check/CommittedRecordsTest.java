package io.onceflow.testbed.chaos.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.internals.AutoOffsetResetStrategy;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CommittedRecordsTest {

  private static final String TOPIC = "legs-1";
  private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);

  private final MockConsumer<byte[], byte[]> consumer =
      new MockConsumer<>(AutoOffsetResetStrategy.EARLIEST.name());
  private final CommittedRecords records =
      new CommittedRecords(consumer, TOPIC, Duration.ofMillis(200));
  private final List<Long> taken = new ArrayList<>();

  @BeforeEach
  void fourRecords() {
    consumer.updatePartitions(
        TOPIC, List.of(new PartitionInfo(TOPIC, 0, Node.noNode(), new Node[0], new Node[0])));
    consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
    consumer.updateEndOffsets(Map.of(PARTITION, 4L));
    consumer.schedulePollTask(() -> deliver(0, 1));
  }

  private void deliver(long... offsets) {
    for (var offset : offsets) {
      consumer.addRecord(new ConsumerRecord<>(TOPIC, 0, offset, new byte[0], new byte[0]));
    }
  }

  private void take(ConsumerRecord<byte[], byte[]> record) {
    taken.add(record.offset());
  }

  @Test
  void whatWasPolledBeforeAFailureIsNotLost() throws Exception {
    consumer.schedulePollTask(
        () -> consumer.setPollException(new KafkaException("The broker is gone.")));
    assertThatThrownBy(() -> records.read(this::take)).isInstanceOf(KafkaException.class);
    consumer.schedulePollTask(() -> deliver(2, 3));
    records.read(this::take);
    assertThat(taken).containsExactly(0L, 1L, 2L, 3L);
  }

  @Test
  void whatTheBrokerDoesNotDeliverIsAFailure() throws Exception {
    assertThatThrownBy(() -> records.read(this::take))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("does not deliver");
    consumer.schedulePollTask(() -> deliver(2, 3));
    records.read(this::take);
    assertThat(taken).containsExactly(0L, 1L, 2L, 3L);
  }

  @Test
  void aRecordThatCouldNotBeTakenComesAgain() throws Exception {
    consumer.schedulePollTask(() -> deliver(2, 3));
    assertThatThrownBy(
            () ->
                records.read(
                    record -> {
                      if (record.offset() == 1) {
                        throw new IOException("This one cannot be read.");
                      }
                      take(record);
                    }))
        .isInstanceOf(IOException.class);
    records.read(this::take);
    assertThat(taken).containsExactly(0L, 1L, 2L, 3L);
  }
}
