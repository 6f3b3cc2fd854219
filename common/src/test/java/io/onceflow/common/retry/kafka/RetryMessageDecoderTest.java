package io.onceflow.common.retry.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.retry.RetryMessage;
import io.onceflow.common.retry.RetryTypes;
import io.onceflow.common.source.DeadLetter;
import io.onceflow.common.source.GuardedDecoder;
import io.onceflow.common.source.RawHeader;
import io.onceflow.common.source.RawRecord;
import io.onceflow.producer.wire.Message;
import io.onceflow.producer.wire.MessageFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.streaming.util.ProcessFunctionTestHarnesses;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // Flink's harness declares Exception on close.
class RetryMessageDecoderTest {

  private static final Message MESSAGE =
      new Message("shop", 7, "o-7", "k", 3, 99, "replies", new byte[] {1}, Map.of("trace", "t"));

  private static RawRecord raw(ProducerRecord<byte[], byte[]> record) {
    List<RawHeader> headers = new ArrayList<>();
    for (Header header : record.headers()) {
      headers.add(new RawHeader(header.key(), header.value()));
    }
    return new RawRecord(
        "orders",
        2,
        41,
        record.timestamp(),
        record.key(),
        record.value(),
        headers.toArray(new RawHeader[0]));
  }

  @Test
  void aMessageKnowsWhereItWasReadFrom() throws Exception {
    RetryMessage message =
        new RetryMessageDecoder(Set.of("replies"))
            .decode(raw(MessageFormat.record("orders", MESSAGE)));
    assertThat(message.producer()).isEqualTo("shop");
    assertThat(message.sequence()).isEqualTo(7);
    assertThat(message.id()).isEqualTo("o-7");
    assertThat(message.key()).isEqualTo("k");
    assertThat(message.priority()).isEqualTo(3);
    assertThat(message.eventTimeMs()).isEqualTo(99);
    assertThat(message.replyTo()).isEqualTo("replies");
    assertThat(message.payload()).containsExactly(1);
    assertThat(message.headers())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "trace", "t",
                "onceflow-topic", "orders",
                "onceflow-partition", "2",
                "onceflow-offset", "41",
                "onceflow-timestamp", "99"));
  }

  @Test
  void whatIsNoMessageGoesToTheDeadLettersWithItsHeaders() throws Exception {
    RawRecord noEnvelope =
        new RawRecord(
            "orders",
            0,
            1,
            5,
            null,
            new byte[0],
            new RawHeader[] {new RawHeader("trace", new byte[] {9})});
    RawRecord foreignReplies = raw(MessageFormat.record("orders", MESSAGE));
    try (var harness =
        ProcessFunctionTestHarnesses.forProcessFunction(
            new GuardedDecoder<>(new RetryMessageDecoder(Set.of("other")), RetryTypes.MESSAGE))) {
      harness.processElement(noEnvelope, 0);
      harness.processElement(foreignReplies, 0);
      assertThat(harness.extractOutputValues()).isEmpty();
      List<DeadLetter> letters =
          harness.getSideOutput(GuardedDecoder.DEAD_LETTERS).stream()
              .map(record -> record.getValue())
              .toList();
      assertThat(letters)
          .extracting(DeadLetter::code)
          .containsExactly("no_envelope", RetryMessageDecoder.REPLY_TOPIC_NOT_ALLOWED);
      assertThat(letters.get(0).headers()[0].name()).isEqualTo("trace");
    }
  }
}
