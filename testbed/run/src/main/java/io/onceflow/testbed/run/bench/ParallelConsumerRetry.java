package io.onceflow.testbed.run.bench;

import io.confluent.parallelconsumer.PCRetriableException;
import io.confluent.parallelconsumer.ParallelConsumerOptions;
import io.confluent.parallelconsumer.ParallelConsumerOptions.ProcessingOrder;
import io.confluent.parallelconsumer.ParallelStreamProcessor;
import io.confluent.parallelconsumer.PollContext;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * The peer: Confluent Parallel Consumer, ordered by key, a thread for each call under way. Offsets
 * are committed every second. It keeps no effect from happening twice after a crash.
 *
 * @param servers bootstrap servers
 * @param concurrency calls under way at once
 * @param pause the longest pause before a second attempt; it is drawn from nothing to this
 */
record ParallelConsumerRetry(String servers, int concurrency, Duration pause)
    implements RetryContender {

  static final String NAME = "parallel-consumer";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public AutoCloseable start(String topic, String service) {
    Map<String, Object> properties =
        Map.of(
            "bootstrap.servers",
            servers,
            "group.id",
            topic,
            "enable.auto.commit",
            false,
            "auto.offset.reset",
            "earliest");
    var consumer =
        new KafkaConsumer<>(properties, new StringDeserializer(), new LongDeserializer());
    var random = new SplittableRandom();
    var options =
        ParallelConsumerOptions.<String, Long>builder()
            .consumer(consumer)
            .ordering(ProcessingOrder.KEY)
            .maxConcurrency(concurrency)
            .commitInterval(Duration.ofSeconds(1))
            .retryDelayProvider(record -> pauseOf(random))
            .build();
    var processor = ParallelStreamProcessor.createEosStreamProcessor(options);
    processor.subscribe(List.of(topic));
    var other = SimulatedService.named(service);
    processor.poll(record -> call(other, record));
    return processor::closeDontDrainFirst;
  }

  /** The same distribution as Onceflow's backoff; several threads of the library may ask. */
  private Duration pauseOf(SplittableRandom random) {
    synchronized (random) {
      return Duration.ofMillis(random.nextLong(pause.toMillis() + 1));
    }
  }

  /** The exception asks for another attempt, and is not logged as an error. */
  private static void call(SimulatedService service, PollContext<String, Long> record) {
    if (!service.call(record.value().intValue()).join()) {
      throw new PCRetriableException("The service is busy.");
    }
  }
}
