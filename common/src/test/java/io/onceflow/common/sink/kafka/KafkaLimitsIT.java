package io.onceflow.common.sink.kafka;

import static io.onceflow.common.sink.kafka.KafkaEpochs.bytes;
import static io.onceflow.common.sink.kafka.KafkaEpochs.committed;
import static io.onceflow.common.sink.kafka.KafkaEpochs.segments;
import static io.onceflow.common.sink.kafka.KafkaEpochs.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.StagedSession.ApplyResult;
import io.onceflow.common.commit.StoreException;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.TestServers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Kafka does not take, what the preflight finds, and what is cleaned up. */
@Timeout(120)
class KafkaLimitsIT {

  private final KafkaSinkConfig config = KafkaEpochs.onSharedBroker("limits", 2);
  private final String topic = config.topic();
  private final String rejects = TestServers.newTopic("rejects", 1);
  private final KafkaEpochs epochs = new KafkaEpochs(KafkaEpochs.rejectingTo(rejects, config));
  private final KafkaClient client = KafkaClient.to(TestServers.kafka());

  @AfterEach
  void close() {
    client.close();
  }

  private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
  }

  private List<ProducerRecord<byte[], byte[]>> numbersAnd(ProducerRecord<byte[], byte[]> odd) {
    var records = new ArrayList<>(epochs.numbers(1, 10));
    records.add(odd);
    records.addAll(epochs.numbers(11, 20));
    return records;
  }

  @Test
  void aRecordThatIsTooLargeGoesToTheRejectTopicCutToFit() throws Exception {
    var large = new ProducerRecord<>(topic, 1, 77L, bytes("k"), new byte[2_000_000]);
    try (var session = epochs.open()) {
      assertThat(session.apply(epochs.epoch(1, numbersAnd(large)), segments()))
          .isEqualTo(new ApplyResult(false, 1));
    }
    assertThat(committed(client, topic)).isEqualTo(texts(1, 20));
    var letter = client.readCommitted(rejects).get(0);
    assertThat(header(letter, "onceflow-reason")).isEqualTo("RECORD_TOO_LARGE");
    assertThat(header(letter, "onceflow-topic")).isEqualTo(topic);
    assertThat(header(letter, "onceflow-partition")).isEqualTo("1");
    assertThat(header(letter, "onceflow-timestamp")).isEqualTo("77");
    assertThat(header(letter, "onceflow-sink")).isEqualTo(config.sinkId().value());
    assertThat(letter.key()).isEqualTo(bytes("k"));
    var cut = Integer.parseInt(header(letter, "onceflow-bytes-cut"));
    assertThat(letter.value()).hasSize(2_000_000 - cut);
    assertThat(cut).isBetween(900_000, 1_000_000);
  }

  /** The reject topic takes less than the producer, and only uncompressed sizes are known. */
  @ParameterizedTest
  @ValueSource(strings = {"none", "lz4"})
  void aValueThatTheMapperRejectsIsCutToTheRejectTopicsLimit(String compression) throws Exception {
    var small = TestServers.newTopic("small", 1, Map.of("max.message.bytes", "20000"));
    var strict =
        new KafkaEpochs(
            KafkaEpochs.rejectingTo(small, config)
                .with(Map.of("compression.type", compression, "max.request.size", "3000000")));
    var large = noise(2_000_000);
    try (var session = strict.open()) {
      var parts = List.of(strict.part(strict.numbers(1, 3)), strict.rejected(large));
      assertThat(session.apply(strict.ofParts(1, parts), segments()))
          .isEqualTo(new ApplyResult(false, 1));
      var tooLarge = new ProducerRecord<>(topic, 1, null, bytes("k"), bytes(noise(4_000_000)));
      assertThat(session.apply(strict.epoch(2, List.of(tooLarge)), segments()))
          .isEqualTo(new ApplyResult(false, 1));
    }
    assertThat(committed(client, topic)).isEqualTo(texts(1, 3));
    var letter = client.readCommitted(small).get(0);
    assertThat(header(letter, "onceflow-reason")).isEqualTo("NO_MAPPING");
    assertThat(header(letter, "onceflow-sink")).isEqualTo(config.sinkId().value());
    assertThat(letter.value().length).isBetween(15_000, 20_000);
    assertThat(large).startsWith(new String(letter.value()));
    assertThat(header(letter, "onceflow-bytes-cut"))
        .isEqualTo(Integer.toString(2_000_000 - letter.value().length));
  }

  private static String noise(int length) {
    return new Random(7)
        .ints(length, 'a', 'z' + 1)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  /** Whatever is reckoned with, a broker may refuse a letter; here because it has no key. */
  @Test
  void aLetterThatIsRefusedEvenWithoutItsContentEndsTheJobWithTheReason() throws Exception {
    var compacted = TestServers.newTopic("letters", 1, Map.of("cleanup.policy", "compact"));
    var odd = new KafkaEpochs(KafkaEpochs.rejectingTo(compacted, config));
    try (var session = odd.open()) {
      var epoch = odd.ofParts(1, List.of(odd.rejected("value")));
      assertThatThrownBy(() -> session.apply(epoch, segments()))
          .hasMessageContaining("takes no rejected record, not even without key and value");
    }
  }

  @Test
  void aTopicOrPartitionThatIsNotThereIsRejected() throws Exception {
    var records = new ArrayList<>(numbersAnd(new ProducerRecord<>("nowhere", bytes("lost"))));
    records.add(new ProducerRecord<>(topic, 9, null, bytes("beyond")));
    try (var session = epochs.open()) {
      assertThat(session.apply(epochs.epoch(1, records), segments()).rejectedRows()).isEqualTo(2);
    }
    assertThat(committed(client, topic)).isEqualTo(texts(1, 20));
    assertThat(client.readCommitted(rejects))
        .extracting(letter -> header(letter, "onceflow-reason") + " " + new String(letter.value()))
        .containsExactly("UNKNOWN_TOPIC lost", "UNKNOWN_PARTITION beyond");
  }

  /** A compacted topic takes no record without a key, which only the broker knows. */
  @Test
  void whatOnlyTheBrokerRefusesIsRejectedToo() throws Exception {
    var compacted = TestServers.newTopic("compacted", 1, Map.of("cleanup.policy", "compact"));
    var records = new ArrayList<>(numbersAnd(new ProducerRecord<>(compacted, bytes("keyless"))));
    records.add(new ProducerRecord<>(compacted, bytes("k"), bytes("good")));
    records.add(new ProducerRecord<>(compacted, bytes("keyless too")));
    try (var session = epochs.open()) {
      assertThat(session.apply(epochs.epoch(1, records), segments()).rejectedRows()).isEqualTo(2);
      assertThat(session.apply(epochs.epoch(2, epochs.numbers(21, 22)), segments()).rejectedRows())
          .isZero();
    }
    assertThat(committed(client, topic)).isEqualTo(texts(1, 22));
    assertThat(committed(client, compacted)).containsExactly("good");
    assertThat(committed(client, rejects)).containsExactlyInAnyOrder("keyless", "keyless too");
  }

  @Test
  void withoutARejectTopicABadRecordFailsTheEpoch() throws Exception {
    var strict = new KafkaEpochs(config);
    try (var session = strict.open()) {
      var epoch = strict.epoch(1, numbersAnd(new ProducerRecord<>(topic, new byte[2_000_000])));
      assertThatThrownBy(() -> session.apply(epoch, segments()))
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.ROW))
          .hasMessageContaining("RECORD_TOO_LARGE");
    }
    assertThat(committed(client, topic)).isEmpty();
  }

  @Test
  void thePreflightTellsEverythingThatIsWrongAtOnce() {
    var wrong =
        new KafkaEpochs(
            KafkaEpochs.rejectingTo("no-rejects", KafkaEpochs.config(TestServers.kafka(), "absent"))
                .with(Duration.ofDays(1)));
    try (var session = wrong.session()) {
      assertThatThrownBy(session::preflight)
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.SYSTEM))
          .hasMessageContaining("There is no topic markers-of-absent")
          .hasMessageContaining("kafka-topics.sh --bootstrap-server 127.0.0.1:")
          .hasMessageContaining("--config cleanup.policy=compact")
          .hasMessageContaining("--config segment.ms=3600000")
          .hasMessageContaining("There is no topic absent")
          .hasMessageContaining("There is no topic no-rejects")
          .hasMessageContaining("transaction.max.timeout.ms of 900000");
    }
  }

  @Test
  void aMarkerTopicThatIsNotCompactedIsRefused() {
    var plain = TestServers.newTopic("plain", 1);
    client.createTopic("markers-of-" + plain, 1);
    try (var session = new KafkaEpochs(KafkaEpochs.config(TestServers.kafka(), plain)).session()) {
      assertThatThrownBy(session::preflight)
          .hasMessageContaining("has cleanup.policy=delete, so Kafka deletes")
          .hasMessageContaining("--add-config cleanup.policy=compact");
    }
  }

  @Test
  void oldMarkersAreRemovedAndTheirEpochsRefusedFromThenOn() throws Exception {
    try (var session = epochs.open()) {
      var first = epochs.epoch(1, epochs.numbers(1, 1));
      session.apply(first, segments());
      for (var checkpoint = 2; checkpoint <= MarkerHistory.MARKERS_KEPT + 3; checkpoint++) {
        session.apply(epochs.epoch(checkpoint, List.of()), segments());
      }
      var history = KafkaEpochs.history(config, client);
      assertThat(history.markers()).hasSize(MarkerHistory.MARKERS_KEPT);
      assertThat(history.lowWaterCheckpointId()).isEqualTo(3);
      assertThatThrownBy(() -> session.apply(first, segments()))
          .hasMessageContaining("lost or pruned");
    }
    assertThat(committed(client, topic)).containsExactly("1");
  }

  @Test
  void aMillionRecordsAreOneEpoch() throws Exception {
    var part = epochs.part(epochs.numbers(1, 100_000));
    try (var session = epochs.open()) {
      session.apply(epochs.ofParts(1, java.util.Collections.nCopies(10, part)), segments());
    }
    var marker = KafkaEpochs.history(config, client).markers().iterator().next();
    assertThat(marker.rows()).isEqualTo(1_000_000);
    assertThat(marker.ranges())
        .containsExactly(new CommitMarker.Range(topic, 0, 0, 999_999, 1_000_000));
  }
}
