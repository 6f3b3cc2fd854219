package io.onceflow.common.sink.kafka;

import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.Store;
import io.onceflow.common.commit.conformance.StoreFixture;
import io.onceflow.common.commit.conformance.TestRow;
import io.onceflow.common.commit.conformance.TestTargets;
import io.onceflow.testbed.servers.KafkaBroker;
import io.onceflow.testbed.servers.KafkaClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A broker of its own; every test has topics of its own, the one for markers included. */
final class KafkaFixture implements StoreFixture {

  private static final AtomicInteger SERIAL = new AtomicInteger();
  private static final String SEPARATOR = "\n";

  private final KafkaBroker broker = KafkaBroker.start();
  private final KafkaClient client = KafkaClient.to(broker);

  @Override
  public TestTargets newTargets() {
    var topic = "conformance-" + SERIAL.incrementAndGet();
    var rejects = topic + "-rejects";
    var config = KafkaEpochs.rejectingTo(rejects, KafkaEpochs.config(broker, topic));
    client.createTopic(topic, 2);
    client.createTopic(rejects, 1);
    KafkaEpochs.createMarkers(client, config);
    return new Targets(config);
  }

  private static byte[] value(TestRow row) {
    return String.join(SEPARATOR, Long.toString(row.id()), Long.toString(row.value()), row.memo())
        .getBytes(StandardCharsets.UTF_8);
  }

  /** Topics of one test. */
  private final class Targets implements TestTargets {
    private final KafkaSinkConfig config;

    Targets(KafkaSinkConfig config) {
      this.config = config;
    }

    @Override
    public Store<TestRow> store() {
      var topic = config.topic();
      return KafkaStore.of(
          config, row -> new ProducerRecord<>(topic, (int) (row.id() % 2), null, value(row)));
    }

    @Override
    public void readRows(Consumer<TestRow> reader) {
      read(
          config.topic(),
          record -> {
            var fields = new String(record.value(), StandardCharsets.UTF_8).split(SEPARATOR, 3);
            reader.accept(
                new TestRow.Event(Long.parseLong(fields[0]), Long.parseLong(fields[1]), fields[2]));
          });
    }

    /** By the topic alone, without the class that the store reads its history with. */
    @Override
    public List<Marker> markers() throws Exception {
      var values = new java.util.LinkedHashMap<List<String>, byte[]>();
      read(
          config.staged().markerTopic(),
          record -> {
            var key = List.of(new String(record.key(), StandardCharsets.UTF_8).split("/"));
            if (key.get(0).equals("marker") && record.value() == null) {
              values.remove(key);
            } else if (key.get(0).equals("marker")) {
              values.put(key, record.value());
            }
          });
      var markers = new ArrayList<Marker>();
      for (var entry : values.entrySet()) {
        var marker = MarkerJson.marker(entry.getValue());
        markers.add(
            new Marker(
                new SinkId(entry.getKey().get(1)).value(),
                entry.getKey().get(2),
                marker.checkpointId(),
                marker.rows(),
                marker.rejected()));
      }
      return markers;
    }

    @Override
    public List<DeadLetter> deadLetters() {
      var letters = new ArrayList<DeadLetter>();
      read(
          config.staged().rejectTopic(),
          record ->
              letters.add(
                  new DeadLetter(
                      header(record, "onceflow-sink"),
                      header(record, "onceflow-topic"),
                      header(record, "onceflow-reason"),
                      header(record, "onceflow-detail"),
                      new String(record.value(), StandardCharsets.UTF_8))));
      return letters;
    }

    private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
      return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }

    /** Up to the first open transaction, as every reader of committed records does. */
    private void read(String topic, Consumer<ConsumerRecord<byte[], byte[]>> reader) {
      Map<String, Object> properties =
          Map.of(
              "bootstrap.servers", broker.bootstrapServers(),
              "isolation.level", "read_committed",
              "auto.offset.reset", "earliest");
      try (var consumer =
          new KafkaConsumer<>(
              properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
        List<TopicPartition> partitions =
            consumer.partitionsFor(topic).stream()
                .map(one -> new TopicPartition(topic, one.partition()))
                .toList();
        consumer.assign(partitions);
        var ends = consumer.endOffsets(partitions);
        while (partitions.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
          consumer.poll(Duration.ofMillis(100)).forEach(reader);
        }
      }
    }
  }

  @Override
  public boolean hasUpserts() {
    return false;
  }

  /** Larger than the broker takes. */
  @Override
  public TestRow badRow(long id) {
    return new TestRow.Event(id, -1, "canary" + "x".repeat(2_000_000));
  }

  @Override
  public long markersKept() {
    return MarkerHistory.MARKERS_KEPT;
  }

  @Override
  public List<Breakage> breakages(TestTargets targets) {
    var config = ((Targets) targets).config;
    return List.of(
        new Breakage(
            () -> client.deleteTopic(config.staged().rejectTopic()),
            "There is no topic " + config.staged().rejectTopic()),
        new Breakage(
            () -> keepForAWhileOnly(config.staged().markerTopic()),
            "has cleanup.policy=delete, so Kafka deletes"));
  }

  private void keepForAWhileOnly(String topic) throws Exception {
    var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    var change =
        new AlterConfigOp(new ConfigEntry("cleanup.policy", "delete"), AlterConfigOp.OpType.SET);
    client.admin().incrementalAlterConfigs(Map.of(resource, List.of(change))).all().get();
  }

  /** Passwords cannot reach a message: the connection holds references only. */
  @Override
  public List<String> secrets() {
    return List.of();
  }

  @Override
  public void close() {
    client.close();
    broker.close();
  }
}
