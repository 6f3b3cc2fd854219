package io.onceflow.testbed.run;

import io.onceflow.common.source.DeadLetterTopic;
import io.onceflow.testbed.run.load.CommandSender;
import io.onceflow.testbed.servers.KafkaClient;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Does to the topics of a run what a job that is not exactly once would do to them. */
final class DamagedTopics implements AutoCloseable {

  private final String bootstrapServers;
  private final KafkaClient client;

  DamagedTopics(String bootstrapServers) {
    this.bootstrapServers = bootstrapServers;
    this.client = KafkaClient.to(bootstrapServers);
  }

  /** Sends a copy of the last record of a topic's first partition that has any. */
  void repeatLast(String topic) {
    ConsumerRecord<byte[], byte[]> last =
        client.readCommitted(topic).stream()
            .max(
                Comparator.comparingInt(
                        (ConsumerRecord<byte[], byte[]> record) -> -record.partition())
                    .thenComparingLong(ConsumerRecord::offset))
            .orElseThrow();
    send(
        new ProducerRecord<>(
            topic, last.partition(), null, last.key(), last.value(), last.headers()));
  }

  /** Removes the first record of a topic's first partition that has any. */
  ConsumerRecord<byte[], byte[]> removeFirst(String topic) throws Exception {
    ConsumerRecord<byte[], byte[]> first =
        client.readCommitted(topic).stream()
            .min(
                Comparator.comparingInt(ConsumerRecord<byte[], byte[]>::partition)
                    .thenComparingLong(ConsumerRecord::offset))
            .orElseThrow();
    client
        .admin()
        .deleteRecords(
            Map.of(
                new TopicPartition(topic, first.partition()),
                RecordsToDelete.beforeOffset(first.offset() + 1)))
        .all()
        .get();
    return first;
  }

  /** Sends a result of a command that there is not. */
  void sendResult(int partition, long offset) {
    String json =
        "{\"topic_partition\":%d,\"record_offset\":%d,\"leg\":0,\"grp\":\"x\",\"result\":\"closed\",\"log_time_ms\":1}";
    send(new ProducerRecord<>(Topics.RESULTS, 0, null, bytes(json.formatted(partition, offset))));
  }

  /** Sends a result with another log time. */
  void sendOther(ConsumerRecord<byte[], byte[]> result) {
    String json = new String(result.value(), StandardCharsets.UTF_8);
    byte[] other = bytes(json.replace("\"log_time_ms\":", "\"log_time_ms\":1"));
    send(new ProducerRecord<>(Topics.RESULTS, result.partition(), result.key(), other));
  }

  /** Sends a dead letter of an input record. */
  void sendDeadLetter(int partition, long offset, String code) {
    var letter = new ProducerRecord<byte[], byte[]>(Topics.DEAD_LETTERS, 0, null, bytes("{}"));
    letter.headers().add(DeadLetterTopic.PARTITION, bytes(Integer.toString(partition)));
    letter.headers().add(DeadLetterTopic.OFFSET, bytes(Long.toString(offset)));
    letter.headers().add(DeadLetterTopic.REASON, bytes(code));
    send(letter);
  }

  /** Sends a record that cannot be decoded into the job's input; origin as senders write it. */
  void sendInput(String topic, int partition, String origin, String text) {
    var input = new ProducerRecord<byte[], byte[]>(topic, partition, null, bytes(text));
    if (origin != null) {
      input.headers().add(CommandSender.HEADER, bytes(origin));
    }
    send(input);
  }

  /**
   * Begins a transaction with one record in a topic; the caller ends it and closes the producer.
   */
  KafkaProducer<byte[], byte[]> openTransaction(String transactionalId, String topic) {
    var producer =
        new KafkaProducer<>(
            Map.<String, Object>of(
                "bootstrap.servers", bootstrapServers, "transactional.id", transactionalId),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    producer.initTransactions();
    producer.beginTransaction();
    producer.send(new ProducerRecord<>(topic, 0, null, bytes("{}")));
    producer.flush();
    return producer;
  }

  static int inputPartition(ConsumerRecord<byte[], byte[]> letter) {
    return Integer.parseInt(header(letter, DeadLetterTopic.PARTITION));
  }

  static long inputOffset(ConsumerRecord<byte[], byte[]> letter) {
    return Long.parseLong(header(letter, DeadLetterTopic.OFFSET));
  }

  private static String header(ConsumerRecord<byte[], byte[]> letter, String name) {
    return new String(letter.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
  }

  private void send(ProducerRecord<byte[], byte[]> record) {
    client.sendAll(List.of(record));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    client.close();
  }
}
