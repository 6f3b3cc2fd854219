package io.onceflow.producer.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.producer.wire.DeadMessage.Origin;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class DeadMessageFormatTest {

  private static final Message MESSAGE =
      new Message(
          "shop",
          7,
          "o-7",
          "k",
          3,
          99,
          "replies",
          new byte[] {1},
          Map.of(
              "onceflow-topic", "orders",
              "onceflow-partition", "2",
              "onceflow-offset", "41",
              "trace", "t"));

  private static final DeadMessage LETTER =
      new DeadMessage(
          MESSAGE,
          "attempts_exhausted",
          10,
          50,
          List.of(
              new FailedTry(1, 11, 12, true, "bank", "busy", "try \"later\""),
              new FailedTry(2, 30, 50, false, "bank", "IOException", "ä")));

  @Test
  void itComesBackWithItsHistoryAndItsOrigin() throws Exception {
    ProducerRecord<byte[], byte[]> record = DeadMessageFormat.record("dead", LETTER);
    assertThat(record.timestamp()).isNull();
    assertThat(record.value()).isSameAs(MESSAGE.payload());
    DeadMessage read = DeadMessageFormat.read(record.key(), record.value(), record.headers());
    assertThat(read).isEqualTo(LETTER);
    assertThat(read.origin()).contains(new Origin("orders", 2, 41));
  }

  @Test
  void aMessageOfUnknownOriginIsADeadLetterToo() throws Exception {
    DeadMessage letter = new DeadMessage(MESSAGE.withHeaders(Map.of()), "drained", 1, 2, List.of());
    ProducerRecord<byte[], byte[]> record = DeadMessageFormat.record("dead", letter);
    DeadMessage read = DeadMessageFormat.read(record.key(), record.value(), record.headers());
    assertThat(read).isEqualTo(letter);
    assertThat(read.origin()).isEmpty();
  }

  @Test
  void aDeadLetterOfADecoderIsToldApart() {
    RecordHeaders headers = new RecordHeaders();
    headers.add(WireHeaders.REASON, "no_value".getBytes());
    assertThat(DeadMessageFormat.isOne(headers)).isFalse();
    assertThatThrownBy(() -> DeadMessageFormat.read(null, new byte[0], headers))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("onceflow-attempts");
  }
}
