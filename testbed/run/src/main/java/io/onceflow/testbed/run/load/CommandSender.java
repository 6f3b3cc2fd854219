package io.onceflow.testbed.run.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Sends commands to a topic, each once and in order (idempotent producer, acks=all), and writes
 * each down before it is sent. The header {@value #HEADER} of a record says who sent it and which
 * line of the sender's log it is.
 *
 * <p>{@link #send} is called by one thread; the counters may be read by any.
 */
public final class CommandSender implements AutoCloseable {

  /** {@code <sender>:<number in the partition>}. */
  public static final String HEADER = "onceflow-sent";

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

  private final String topic;
  private final SentLog log;
  private final Acknowledged acknowledged;
  private final KafkaProducer<byte[], byte[]> producer;
  private final AtomicLong sent = new AtomicLong();
  private final AtomicReference<Exception> failure = new AtomicReference<>();

  /** Is told where Kafka put a record, by the producer's thread. */
  @FunctionalInterface
  public interface Acknowledged {
    /** A partition's offsets come in order. */
    void at(int partition, long offset);
  }

  /** Takes over the log and closes it. */
  public CommandSender(String bootstrapServers, String topic, SentLog log) {
    this(bootstrapServers, topic, log, (partition, offset) -> {});
  }

  /** Takes over the log and closes it. */
  public CommandSender(
      String bootstrapServers, String topic, SentLog log, Acknowledged acknowledged) {
    this.topic = topic;
    this.log = log;
    this.acknowledged = acknowledged;
    this.producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                true,
                ProducerConfig.ACKS_CONFIG,
                "all",
                ProducerConfig.LINGER_MS_CONFIG,
                5,
                ProducerConfig.BATCH_SIZE_CONFIG,
                128 * 1024,
                ProducerConfig.BUFFER_MEMORY_CONFIG,
                64L << 20,
                ProducerConfig.MAX_BLOCK_MS_CONFIG,
                120_000),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  /** Writes the batch down, hands that to the operating system, then sends it. */
  public void send(List<CommandSource.Input> batch) throws IOException {
    long[] numbers = new long[batch.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = log.append(batch.get(i).partition(), batch.get(i).json(), batch.get(i).meant());
    }
    log.flush();
    for (int i = 0; i < numbers.length; i++) {
      CommandSource.Input input = batch.get(i);
      var message =
          new ProducerRecord<>(topic, input.partition(), key(input.group()), input.json());
      message.headers().add(HEADER, header(numbers[i]));
      producer.send(message, this::note);
    }
    sent.addAndGet(numbers.length);
  }

  private void note(RecordMetadata metadata, Exception error) {
    if (error == null) {
      acknowledged.at(metadata.partition(), metadata.offset());
    } else {
      failure.compareAndSet(null, error);
    }
  }

  private static byte[] key(String group) {
    return group == null ? null : group.getBytes(StandardCharsets.UTF_8);
  }

  private byte[] header(long number) {
    return (log.sender() + ":" + number).getBytes(StandardCharsets.US_ASCII);
  }

  /** Records handed to the producer. */
  public long sent() {
    return sent.get();
  }

  /** Returns when all are acknowledged; throws when one was not. */
  public void flush() {
    producer.flush();
    throwIfFailed();
  }

  /** Throws when the broker did not take a record. */
  public void throwIfFailed() {
    if (failure.get() != null) {
      throw new IllegalStateException(
          "A command was not acknowledged by Kafka: " + failure.get().getMessage(), failure.get());
    }
  }

  @Override
  public void close() {
    try (log) {
      producer.flush();
      producer.close(CLOSE_TIMEOUT);
      if (failure.get() == null) {
        log.finish();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The log of sent commands could not be closed.", e);
    }
  }
}
