package io.onceflow.testbed.run.bench;

import io.onceflow.common.config.KafkaConfig;
import io.onceflow.common.sink.kafka.KafkaSinkConfig;
import io.onceflow.common.sink.kafka.KafkaSinkConfig.Strategy;
import io.onceflow.common.sink.kafka.KafkaSinks;
import io.onceflow.testbed.servers.KafkaBroker;
import io.onceflow.testbed.servers.KafkaClient;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Records per second into Kafka: Onceflow's staged sink, and Flink's own with EXACTLY_ONCE. Both
 * get the same producer settings; they take turns, and the topic is counted after every
 * measurement.
 */
final class KafkaSinkSuite {

  static final String NAME = "kafka-sink";

  private static final String PEER = "flink-kafka-sink";
  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final int WARM_UP_FRACTION = 4;

  /** Large batches for both: small ones would measure the requests and not the sinks. */
  private static final Map<String, String> PRODUCER =
      Map.of("linger.ms", "20", "batch.size", "262144");

  private final KafkaBroker broker;
  private final Path directory;
  private final BenchSettings settings;
  private final Report report;
  private int serial;

  KafkaSinkSuite(KafkaBroker broker, Path directory, BenchSettings settings, Report report) {
    this.broker = broker;
    this.directory = directory;
    this.settings = settings;
    this.report = report;
  }

  void run() throws Exception {
    var rows = new BenchRows(settings.seed(), 0);
    var workload = new Workload("append", false, rows, settings.rows());
    measure(
        Strategy.STAGED,
        workload.withCount(Math.max(1, workload.count() / WARM_UP_FRACTION)),
        "warm-up");
    var staged = new Rates();
    var stagedSteady = new Rates();
    var peer = new Rates();
    var peerSteady = new Rates();
    for (var round = 1; round <= settings.repeat(); round++) {
      var ours = measure(Strategy.STAGED, workload, "round " + round);
      staged.add(ours.totalRate());
      stagedSteady.add(ours.steadyRate());
      var theirs = measure(Strategy.KAFKA_SINK, workload, "round " + round);
      peer.add(theirs.totalRate());
      peerSteady.add(theirs.steadyRate());
    }
    report.progress("append staged total %s", staged);
    report.progress("append staged steady %s", stagedSteady);
    report.progress("append %s total %s", PEER, peer);
    report.progress("append %s steady %s", PEER, peerSteady);
    report.add(new BenchLine(NAME, "append", staged.median(), PEER, peer.median()));
    report.add(
        new BenchLine(NAME, "append-steady", stagedSteady.median(), PEER, peerSteady.median()));
  }

  private Timing measure(Strategy strategy, Workload workload, String phase) throws Exception {
    var topic = "bench-" + ++serial;
    var config =
        KafkaSinkConfig.of(KafkaConfig.plaintext(broker.bootstrapServers()), topic, topic)
            .with(strategy)
            .with(PRODUCER);
    try (var client = KafkaClient.to(broker)) {
      client.createTopic(topic, settings.parallelism());
      if (!client.topics().contains(config.staged().markerTopic())) {
        client.createMarkerTopic(config.staged().markerTopic(), 1);
      }
      var writer = new FlinkWriter(directory, settings.parallelism(), LIMIT);
      var timing = writer.write(workload, job -> sink(config, job, workload.rows()));
      report.progress(
          "append %s %s: %,d records in %.2f s = %,.0f records/s, steady %,.0f%s",
          phase,
          strategy,
          timing.rows(),
          timing.totalNs() / 1e9,
          timing.totalRate(),
          timing.steadyRate(),
          timing.finished() ? "" : "; STOPPED at the limit");
      count(topic, workload.count());
      client.deleteTopic(topic);
      return timing;
    }
  }

  private static Sink<Long> sink(KafkaSinkConfig config, ReadableConfig job, BenchRows rows) {
    var topic = config.topic();
    return KafkaSinks.exactlyOnce(
        config,
        job,
        number ->
            new ProducerRecord<>(
                topic,
                ByteBuffer.allocate(Long.BYTES).putLong(number).array(),
                (rows.id(number) + "," + rows.amount(number) + "," + rows.note(number))
                    .getBytes(StandardCharsets.UTF_8)));
  }

  private void count(String topic, long expected) {
    Map<String, Object> properties =
        Map.of(
            "bootstrap.servers", broker.bootstrapServers(),
            "isolation.level", "read_committed",
            "auto.offset.reset", "earliest");
    try (var consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(partition -> new TopicPartition(topic, partition.partition()))
              .toList();
      consumer.assign(partitions);
      var ends = consumer.endOffsets(partitions);
      var count = 0L;
      while (partitions.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
        count += consumer.poll(Duration.ofMillis(100)).count();
      }
      report.progress(
          "  records %d, %s", count, count == expected ? "right" : "WRONG: expected " + expected);
    }
  }
}
