package io.onceflow.producer;

import io.onceflow.producer.wire.Message;
import io.onceflow.producer.wire.MessageFormat;
import io.onceflow.producer.wire.MessageReply;
import io.onceflow.producer.wire.MessageReply.Status;
import io.onceflow.producer.wire.ProgressReply;
import io.onceflow.producer.wire.Reply;
import io.onceflow.producer.wire.ReplyFormat;
import io.onceflow.producer.wire.SequenceRange;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.TestServers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.awaitility.Awaitility;

/** Answers as selective retry does, on one partition and without its guarantees. */
final class StandInJob implements AutoCloseable {

  /** All messages as they came, duplicates too. */
  final List<Message> seen = new CopyOnWriteArrayList<>();

  private final String topic;
  private final String replyTopic;
  private final Function<Message, List<Reply>> answers;
  private final KafkaClient client = KafkaClient.to(TestServers.kafka());
  private final Thread thread = new Thread(this::run, "stand-in-job");
  private volatile boolean ended;

  /**
   * @param answers what to reply to each message that comes
   */
  StandInJob(String topic, String replyTopic, Function<Message, List<Reply>> answers) {
    this.topic = topic;
    this.replyTopic = replyTopic;
    this.answers = answers;
    thread.start();
  }

  /** Applies what is new and answers a duplicate again. */
  static Function<Message, List<Reply>> applies() {
    Map<Long, MessageReply> finals = new TreeMap<>();
    return message -> {
      MessageReply known = finals.get(message.sequence());
      if (known != null) {
        return List.of(repeated(known));
      }
      MessageReply reply = reply(message, Status.APPLIED, false);
      finals.put(message.sequence(), reply);
      return List.of(reply);
    };
  }

  private static MessageReply repeated(MessageReply known) {
    return new MessageReply(
        known.producer(),
        known.sequence(),
        known.id(),
        known.status(),
        known.code(),
        known.attempts(),
        known.atMs(),
        true);
  }

  static MessageReply reply(Message message, Status status, boolean repeated) {
    return new MessageReply(
        message.producer(), message.sequence(), message.id(), status, "ok", 1, 1, repeated);
  }

  static ProgressReply progress(long upTo, List<SequenceRange> missing) {
    return new ProgressReply("shop", upTo, List.of(), missing, 1);
  }

  void reply(Reply reply) {
    client.send(ReplyFormat.record(replyTopic, reply));
  }

  List<Long> numbers() {
    return seen.stream().map(Message::sequence).toList();
  }

  private void run() {
    Map<String, Object> properties =
        Map.of("bootstrap.servers", TestServers.kafka().bootstrapServers());
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = List.of(new TopicPartition(topic, 0));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (!ended) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(50))) {
          answer(record);
        }
      }
    }
  }

  private void answer(ConsumerRecord<byte[], byte[]> record) {
    try {
      Message message =
          MessageFormat.read(record.key(), record.value(), record.headers(), record.timestamp());
      seen.add(message);
      new ArrayList<>(answers.apply(message)).forEach(this::reply);
    } catch (io.onceflow.producer.wire.MalformedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    ended = true;
    Awaitility.await().until(() -> !thread.isAlive());
    client.close();
  }
}
