package io.onceflow.testbed.run.bench;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.LongSerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Sends the records of a load to a topic, without lingering. One thread. */
final class RetryFeeder implements AutoCloseable {

  private static final long TICK_NS = TimeUnit.MILLISECONDS.toNanos(1);

  private final KafkaProducer<String, Long> producer;
  private final String topic;
  private final RetryLoad load;

  RetryFeeder(String servers, String topic, RetryLoad load) {
    this.topic = topic;
    this.load = load;
    producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", servers, "linger.ms", 0),
            new StringSerializer(),
            new LongSerializer());
  }

  /** All at once; they are in the topic when this returns. */
  void sendAll() {
    for (var number = 0; number < load.records(); number++) {
      send(number);
    }
    producer.flush();
  }

  /** The record 0, which shows that the contender has started. */
  void sendFirst() {
    send(0);
    producer.flush();
  }

  /**
   * All others, each when it is due. One that goes out late counts from when it was due.
   *
   * @return when record 0 would have been due, on {@link System#nanoTime()}'s clock
   */
  long sendPaced() {
    var startedNs = System.nanoTime();
    for (var number = 1; number < load.records(); number++) {
      for (var now = System.nanoTime();
          now - startedNs < load.dueNs(number);
          now = System.nanoTime()) {
        LockSupport.parkNanos(Math.min(TICK_NS, load.dueNs(number) - (now - startedNs)));
      }
      send(number);
    }
    return startedNs;
  }

  private void send(int number) {
    producer.send(new ProducerRecord<>(topic, "key-" + load.key(number), (long) number));
  }

  @Override
  public void close() {
    producer.close();
  }
}
