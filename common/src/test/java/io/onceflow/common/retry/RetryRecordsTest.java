package io.onceflow.common.retry;

import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.retry.kafka.RetryRecords;
import io.onceflow.common.retry.kafka.RetryReply;
import io.onceflow.producer.wire.DeadMessage;
import io.onceflow.producer.wire.DeadMessageFormat;
import io.onceflow.producer.wire.FailedTry;
import io.onceflow.producer.wire.MessageReply;
import io.onceflow.producer.wire.ProgressReply;
import io.onceflow.producer.wire.ReplyFormat;
import io.onceflow.producer.wire.SequenceRange;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.types.PojoTestUtils;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

class RetryRecordsTest {

  @Test
  void anAcknowledgementGoesToTheTopicThatItsMessageNamed() throws Exception {
    ProducerRecord<byte[], byte[]> record =
        RetryRecords.replyMapper().recordOf(RetryReply.of(RetryValues.ACKNOWLEDGEMENT));
    assertThat(record.topic()).isEqualTo("replies");
    assertThat(record.key()).isEqualTo("till-7".getBytes());
    assertThat(ReplyFormat.read(record.value()))
        .isEqualTo(
            new MessageReply(
                "till-7", 42, "0198c2d1", MessageReply.Status.REJECTED, "no-funds", 3, 99, true));
  }

  @Test
  void aReportKeepsItsRanges() throws Exception {
    RetryReply reply = RetryReply.of(RetryValues.REPORT);
    assertThat(reply.topic()).isEqualTo("replies");
    assertThat(ReplyFormat.read(reply.json()))
        .isEqualTo(
            new ProgressReply(
                "till-7",
                7,
                List.of(new SequenceRange(9, 9)),
                List.of(new SequenceRange(10, 11)),
                66));
  }

  @Test
  void aDeadLetterKeepsItsMessageAndItsHistory() throws Exception {
    ProducerRecord<byte[], byte[]> record =
        RetryRecords.deadLetterMapper("dead").recordOf(RetryValues.DEAD_LETTER);
    assertThat(record.topic()).isEqualTo("dead");
    DeadMessage letter = DeadMessageFormat.read(record.key(), record.value(), record.headers());
    assertThat(letter.message().payload()).isEqualTo(RetryValues.MESSAGE.payload());
    assertThat(letter.message().headers()).isEqualTo(RetryValues.MESSAGE.headers());
    assertThat(letter.reason()).isEqualTo(RetryDeadLetter.DRAINED);
    assertThat(letter.failures())
        .containsExactly(
            new FailedTry(1, 10, 20, true, "bank", "busy", "try later"),
            new FailedTry(2, 30, 40, false, "bank", "IOException", "ä"));
  }

  @Test
  void theStatesOfBothSidesHaveTheSameNames() {
    assertThat(Arrays.stream(MessageReply.Status.values()).map(Enum::name))
        .containsExactlyElementsOf(
            Arrays.stream(Acknowledgement.Status.values()).map(Enum::name).toList());
  }

  @Test
  void aReplyNeedsNoKryo() {
    PojoTestUtils.assertSerializedAsPojoWithoutKryo(RetryReply.class);
  }
}
