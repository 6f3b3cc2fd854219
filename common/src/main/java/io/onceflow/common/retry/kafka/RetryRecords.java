package io.onceflow.common.retry.kafka;

import io.onceflow.common.retry.Acknowledgement;
import io.onceflow.common.retry.FailedAttempt;
import io.onceflow.common.retry.ProducerAcknowledgement;
import io.onceflow.common.retry.RetryDeadLetter;
import io.onceflow.common.retry.RetryMessage;
import io.onceflow.common.retry.RetryStreams;
import io.onceflow.common.sink.kafka.RecordMapper;
import io.onceflow.producer.wire.DeadMessage;
import io.onceflow.producer.wire.DeadMessageFormat;
import io.onceflow.producer.wire.FailedTry;
import io.onceflow.producer.wire.Message;
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Makes Kafka records of what leaves a selective retry, for an exactly-once Kafka sink. */
public final class RetryRecords {

  private static final TypeInformation<RetryReply> REPLY = TypeInformation.of(RetryReply.class);

  private RetryRecords() {}

  /**
   * Both kinds of acknowledgements in one stream, so that one sink writes both in one transaction
   * per epoch. Those of messages that want no replies are left out.
   *
   * @param uid of the two steps: that and {@code -messages} or {@code -progress}
   */
  public static DataStream<RetryReply> replies(RetryStreams<?> streams, String uid) {
    DataStream<RetryReply> messages =
        streams
            .acknowledgements()
            .flatMap(new MessageReplies(), REPLY)
            .uid(uid + "-messages")
            .name(uid + "-messages");
    DataStream<RetryReply> progress =
        streams
            .producerAcknowledgements()
            .flatMap(new ProgressReplies(), REPLY)
            .uid(uid + "-progress")
            .name(uid + "-progress");
    return messages.union(progress);
  }

  /** Replies, each to the topic that its message has named. */
  public static RecordMapper<RetryReply> replyMapper() {
    return reply ->
        new ProducerRecord<>(
            reply.topic(), reply.producer().getBytes(StandardCharsets.UTF_8), reply.json());
  }

  /** Dead letters with their history, see {@link DeadMessageFormat}. */
  public static RecordMapper<RetryDeadLetter> deadLetterMapper(String topic) {
    return letter -> DeadMessageFormat.record(topic, toDeadMessage(letter));
  }

  static RetryMessage toMessage(Message message) {
    return new RetryMessage(
        message.producer(),
        message.sequence(),
        message.id(),
        message.key(),
        message.priority(),
        message.eventTimeMs(),
        message.replyTo(),
        message.payload(),
        message.headers());
  }

  private static DeadMessage toDeadMessage(RetryDeadLetter letter) {
    RetryMessage message = letter.message();
    return new DeadMessage(
        new Message(
            message.producer(),
            message.sequence(),
            message.id(),
            message.key(),
            message.priority(),
            message.eventTimeMs(),
            message.replyTo(),
            message.payload(),
            message.headers()),
        letter.reason(),
        letter.arrivedMs(),
        letter.endedMs(),
        letter.failures().stream().map(RetryRecords::toFailedTry).toList());
  }

  private static FailedTry toFailedTry(FailedAttempt attempt) {
    return new FailedTry(
        attempt.number(),
        attempt.startedMs(),
        attempt.endedMs(),
        attempt.known(),
        attempt.dependency(),
        attempt.code(),
        attempt.detail());
  }

  private static final class MessageReplies
      implements FlatMapFunction<Acknowledgement, RetryReply> {
    private static final long serialVersionUID = 1L;

    @Override
    public void flatMap(Acknowledgement acknowledgement, Collector<RetryReply> out) {
      if (!acknowledgement.replyTo().isEmpty()) {
        out.collect(RetryReply.of(acknowledgement));
      }
    }
  }

  private static final class ProgressReplies
      implements FlatMapFunction<ProducerAcknowledgement, RetryReply> {
    private static final long serialVersionUID = 1L;

    @Override
    public void flatMap(ProducerAcknowledgement acknowledgement, Collector<RetryReply> out) {
      if (!acknowledgement.replyTo().isEmpty()) {
        out.collect(RetryReply.of(acknowledgement));
      }
    }
  }
}
