package io.onceflow.producer;

import io.onceflow.producer.wire.Message;
import io.onceflow.producer.wire.MessageFormat;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Hands messages to Kafka. The client is idempotent and never gives a record up, so that records of
 * a key arrive in the order they were sent, and a prefix of them when the process dies. Sender's
 * thread only.
 */
final class MessageSender implements AutoCloseable {

  private final String producer;
  private final String topic;
  private final String replyTopic;
  private final KafkaProducer<byte[], byte[]> client;
  private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();

  /**
   * The broker's answer to a send.
   *
   * @param error why the record is not there, or null
   */
  record Answer(long sequence, int send, Exception error) {}

  MessageSender(SenderSettings settings, String producer) {
    this.producer = producer;
    this.topic = settings.topic();
    this.replyTopic = settings.replyTopic();
    Map<String, Object> properties = new HashMap<>();
    properties.put("client.id", "onceflow-outbox." + producer);
    properties.put("max.block.ms", "10000");
    properties.putAll(settings.kafka());
    properties.put("acks", "all");
    properties.put("enable.idempotence", "true");
    properties.put("retries", Integer.toString(Integer.MAX_VALUE));
    properties.put("delivery.timeout.ms", Integer.toString(Integer.MAX_VALUE));
    client = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /**
   * Sends a message; its answer comes later.
   *
   * @return the error when the client did not even take it
   */
  Exception send(Flight flight) {
    long sequence = flight.sequence();
    int send = flight.sends;
    Thread sender = Thread.currentThread();
    Exception[] refused = new Exception[1];
    try {
      client.send(
          record(flight.message),
          (metadata, error) -> {
            if (error != null && Thread.currentThread() == sender) {
              refused[0] = error;
            } else {
              answers.add(new Answer(sequence, send, error));
            }
          });
    } catch (RuntimeException e) {
      return e;
    }
    return refused[0];
  }

  private ProducerRecord<byte[], byte[]> record(TakenMessage taken) {
    OutboxMessage message = taken.message();
    return MessageFormat.record(
        topic,
        new Message(
            producer,
            taken.sequence(),
            message.id(),
            message.key(),
            message.priority(),
            message.eventTimeMs(),
            replyTopic,
            message.payload(),
            message.headers()));
  }

  /** The next answer that has come, or null. */
  Answer answer() {
    return answers.poll();
  }

  @Override
  public void close() {
    client.close(Duration.ofSeconds(2));
  }
}
