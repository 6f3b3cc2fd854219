package io.onceflow.testbed.servers;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Topics, records and what a reader of a given isolation level sees, in one call each.
 *
 * <p>Keys and values are bytes; {@link #send(String, String, String)} takes text as UTF-8. The
 * producer is idempotent with acks=all, made on the first send. Every call ends within 30 seconds
 * or throws a {@link ServerException}. Not thread-safe.
 */
public final class KafkaClient implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(100);

  private final String bootstrapServers;
  private final Admin admin;
  private KafkaProducer<byte[], byte[]> producer;

  private KafkaClient(String bootstrapServers) {
    this.bootstrapServers = bootstrapServers;
    this.admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers));
  }

  public static KafkaClient to(KafkaBroker broker) {
    return to(broker.bootstrapServers());
  }

  public static KafkaClient to(String bootstrapServers) {
    return new KafkaClient(bootstrapServers);
  }

  public void createTopic(String name, int partitions) {
    createTopic(name, partitions, Map.of());
  }

  /** Makes a topic and returns when it can be used. */
  public void createTopic(String name, int partitions, Map<String, String> config) {
    NewTopic topic = new NewTopic(name, partitions, (short) 1).configs(config);
    await("topic " + name + " to be made", admin.createTopics(List.of(topic)).all());
    awaitListed(name, true);
  }

  /** Makes a topic for commit markers as docs/kafka.md says, but on one broker. */
  public void createMarkerTopic(String name, int partitions) {
    createTopic(
        name,
        partitions,
        Map.of(
            "cleanup.policy", "compact",
            "segment.ms", "3600000",
            "segment.bytes", "16777216",
            "min.cleanable.dirty.ratio", "0.1"));
  }

  /** Deletes a topic and returns when it is listed no more. */
  public void deleteTopic(String name) {
    await("topic " + name + " to be deleted", admin.deleteTopics(List.of(name)).all());
    awaitListed(name, false);
  }

  /** Waits for the broker, which learns of what the controller has done a moment later. */
  private void awaitListed(String topic, boolean listed) {
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    while (topics().contains(topic) != listed && System.nanoTime() < deadline) {
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  /** Returns the topics that are not Kafka's own. */
  public Set<String> topics() {
    return await("the topics", admin.listTopics().names());
  }

  public TopicDescription describe(String topic) {
    return await(
            "topic " + topic + " to be described",
            admin.describeTopics(List.of(topic)).allTopicNames())
        .get(topic);
  }

  /** Returns the admin client for what has no method here. */
  public Admin admin() {
    return admin;
  }

  /** Sends a record of text; acknowledged when the future is done or {@link #flush()} returns. */
  public Future<RecordMetadata> send(String topic, String key, String value) {
    return send(new ProducerRecord<>(topic, bytes(key), bytes(value)));
  }

  public Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record) {
    if (producer == null) {
      producer =
          new KafkaProducer<>(
              Map.of(
                  "bootstrap.servers",
                  bootstrapServers,
                  "enable.idempotence",
                  true,
                  "acks",
                  "all",
                  "linger.ms",
                  5),
              new ByteArraySerializer(),
              new ByteArraySerializer());
    }
    return producer.send(record);
  }

  /** Sends all and returns when all are acknowledged; throws when one is not. */
  public void sendAll(Iterable<ProducerRecord<byte[], byte[]>> records) {
    List<Future<RecordMetadata>> acknowledgements = new ArrayList<>();
    records.forEach(record -> acknowledgements.add(send(record)));
    flush();
    acknowledgements.forEach(sent -> await("a record to be acknowledged", sent));
  }

  /** Waits for what was sent; a send that failed shows in its own future. */
  public void flush() {
    if (producer != null) {
      producer.flush();
    }
  }

  /**
   * Reads, partition by partition, what is committed: up to the first open transaction's begin, or
   * the end.
   */
  public List<ConsumerRecord<byte[], byte[]>> readCommitted(String topic) {
    return read(topic, "read_committed");
  }

  /** Reads everything up to the end, also records of open and aborted transactions. */
  public List<ConsumerRecord<byte[], byte[]>> readAll(String topic) {
    return read(topic, "read_uncommitted");
  }

  private List<ConsumerRecord<byte[], byte[]>> read(String topic, String isolation) {
    Map<String, Object> config =
        Map.of(
            "bootstrap.servers",
            bootstrapServers,
            "isolation.level",
            isolation,
            "enable.auto.commit",
            false,
            "auto.offset.reset",
            "earliest");
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic, TIMEOUT).stream()
              .map(partition -> new TopicPartition(topic, partition.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      return readTo(consumer, consumer.endOffsets(partitions, TIMEOUT));
    }
  }

  /** Reads to the ends by position: markers and aborted records move it and are not returned. */
  private static List<ConsumerRecord<byte[], byte[]>> readTo(
      KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends) {
    Map<TopicPartition, Long> missing = new HashMap<>(ends);
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    long deadline = System.nanoTime() + TIMEOUT.toNanos();
    missing.entrySet().removeIf(end -> consumer.position(end.getKey()) >= end.getValue());
    while (!missing.isEmpty()) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        if (record.offset() < ends.get(partitionOf(record))) {
          records.add(record);
        }
        // Time without progress is limited, not the time for all of a long topic.
        deadline = System.nanoTime() + TIMEOUT.toNanos();
      }
      missing.entrySet().removeIf(end -> consumer.position(end.getKey()) >= end.getValue());
      if (System.nanoTime() > deadline) {
        throw new ServerException(
            "Nothing was read for %d s with %s still to reach; is the broker up?"
                .formatted(TIMEOUT.toSeconds(), missing));
      }
    }
    return records;
  }

  private static TopicPartition partitionOf(ConsumerRecord<?, ?> record) {
    return new TopicPartition(record.topic(), record.partition());
  }

  private static byte[] bytes(String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }

  private static <T> T await(String what, KafkaFuture<T> future) {
    return await(what, future.toCompletionStage().toCompletableFuture());
  }

  private static <T> T await(String what, Future<T> future) {
    try {
      return future.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new ServerException(
          "Kafka refused: waiting for " + what + ": " + e.getCause().getMessage(), e.getCause());
    } catch (TimeoutException e) {
      throw new ServerException(
          "No answer from Kafka within " + TIMEOUT.toSeconds() + " s, waiting for " + what + ".",
          e);
    } catch (InterruptedException e) {
      throw ServerException.interrupted(what, e);
    }
  }

  @Override
  public void close() {
    if (producer != null) {
      producer.close(TIMEOUT);
    }
    admin.close(TIMEOUT);
  }
}
