package io.onceflow.common.sink.kafka;

import static io.onceflow.common.sink.kafka.KafkaEpochs.bytes;
import static io.onceflow.common.sink.kafka.KafkaEpochs.committed;
import static io.onceflow.common.sink.kafka.KafkaEpochs.segments;
import static io.onceflow.common.sink.kafka.KafkaEpochs.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.SegmentPart;
import io.onceflow.common.commit.StoreException;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.TestServers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Markers, order and fences of sessions on a real broker, without Flink. */
@Timeout(120)
class KafkaSessionIT {

  private final KafkaSinkConfig config = KafkaEpochs.onSharedBroker("session", 3);
  private final String topic = config.topic();
  private final KafkaEpochs epochs = new KafkaEpochs(config);
  private final KafkaClient client = KafkaClient.to(TestServers.kafka());

  @AfterEach
  void close() {
    CrashPoints.disarmAll();
    client.close();
  }

  @Test
  void theMarkerSaysWhereTheRecordsAre() throws Exception {
    try (var session = epochs.open()) {
      session.apply(epochs.epoch(1, epochs.numbers(1, 3)), segments());
      session.apply(
          epochs.epoch(
              2,
              List.of(
                  new ProducerRecord<>(topic, 0, null, bytes("a")),
                  new ProducerRecord<>(topic, 2, null, bytes("b")),
                  new ProducerRecord<>(topic, 0, null, bytes("c")))),
          segments());
    }
    var marker = markers().get(1);
    assertThat(marker.checkpointId()).isEqualTo(2);
    assertThat(marker.previousCheckpointId()).isEqualTo(1);
    assertThat(marker.rows()).isEqualTo(3);
    assertThat(marker.runId()).isEqualTo(epochs.runId());
    assertThat(marker.ranges())
        .containsExactly(
            // 0 to 2 and a control record are the first epoch's.
            new CommitMarker.Range(topic, 0, 4, 5, 2), new CommitMarker.Range(topic, 2, 0, 0, 1));
  }

  @Test
  void everythingOfARecordIsKept() throws Exception {
    var record =
        new ProducerRecord<>(topic, 1, 1_234_567L, bytes("key"), bytes("value"))
            .headers()
            .add("twice", bytes("1"))
            .add("twice", bytes("2"))
            .add("none", null);
    var withHeaders =
        new ProducerRecord<>(topic, 1, 1_234_567L, bytes("key"), bytes("value"), record);
    try (var session = epochs.open()) {
      session.apply(
          epochs.epoch(
              1, List.of(withHeaders, new ProducerRecord<byte[], byte[]>(topic, bytes("k"), null))),
          segments());
    }
    var found = client.readCommitted(topic);
    var first = found.stream().filter(one -> one.value() != null).findFirst().orElseThrow();
    assertThat(first.partition()).isEqualTo(1);
    assertThat(first.timestamp()).isEqualTo(1_234_567L);
    assertThat(first.key()).isEqualTo(bytes("key"));
    assertThat(first.headers().toArray())
        .containsExactly(
            new RecordHeader("twice", bytes("1")),
            new RecordHeader("twice", bytes("2")),
            new RecordHeader("none", (byte[]) null));
    var deletion = found.stream().filter(one -> one.value() == null).findFirst().orElseThrow();
    assertThat(deletion.key()).isEqualTo(bytes("k"));
    assertThat(deletion.timestamp()).isGreaterThan(1_600_000_000_000L);
  }

  @Test
  void keysHaveTheirOrderWithinAPartition() throws Exception {
    var records = new ArrayList<ProducerRecord<byte[], byte[]>>();
    for (var i = 0; i < 30_000; i++) {
      records.add(new ProducerRecord<>(topic, bytes("key-" + i % 7), bytes(Integer.toString(i))));
    }
    try (var session = epochs.open()) {
      session.apply(epochs.epoch(1, records.subList(0, 20_000)), segments());
      session.apply(epochs.epoch(2, records.subList(20_000, 30_000)), segments());
    }
    var lastOfKey = new java.util.HashMap<String, Integer>();
    var found = client.readCommitted(topic);
    assertThat(found).hasSize(30_000);
    for (var record : found) {
      var number = Integer.parseInt(new String(record.value()));
      var before = lastOfKey.put(new String(record.key()), number);
      assertThat(before == null || before < number).isTrue();
    }
  }

  @Test
  void aRunThatWasReplacedCommitsNothingMoreAndDisturbsNobody() throws Exception {
    try (var old = epochs.open()) {
      old.apply(epochs.epoch(1, epochs.numbers(1, 3)), segments());
      var held = epochs.epoch(2, epochs.numbers(4, 6));
      var newer = epochs.restoredAt(1);
      try (var current = newer.open()) {
        assertThatThrownBy(() -> old.apply(held, segments()))
            .isInstanceOfSatisfying(
                StoreException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.FENCED))
            .hasMessageContaining("was taken over by run");
        var ids = transactionalIds();
        assertThatThrownBy(() -> old.apply(held, segments())).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> applyAnew(held)).hasMessageContaining("was taken over by run");
        assertThatThrownBy(epochs::open).hasMessageContaining("the only one that may commit");
        assertThat(transactionalIds()).isEqualTo(ids);
        current.apply(newer.epoch(2, newer.numbers(4, 6)), segments());
      }
    }
    assertThat(committed(client, topic)).isEqualTo(texts(1, 6));
  }

  /** Producer id and epoch: a change of either means that somebody was fenced. */
  private List<String> transactionalIds() throws Exception {
    var id = TransactionalIds.ofSink(config.sinkId());
    var state = client.admin().describeTransactions(List.of(id)).description(id).get();
    return List.of(state.producerId() + "/" + state.producerEpoch());
  }

  @Test
  void aRestartOfTheSameRunDoesNotFenceItsCommitter() throws Exception {
    try (var committer = epochs.open()) {
      committer.apply(epochs.epoch(1, epochs.numbers(1, 3)), segments());
      var before = transactionalIds();
      epochs.restartAt(1);
      epochs.open().close();
      assertThat(transactionalIds()).isEqualTo(before);
      committer.apply(epochs.epoch(2, epochs.numbers(4, 6)), segments());
    }
    assertThat(committed(client, topic)).isEqualTo(texts(1, 6));
  }

  @Test
  void aFreshStartOverAHistoryIsRefusedAndTheRunGoesOn() throws Exception {
    try (var session = epochs.open()) {
      session.apply(epochs.epoch(1, epochs.numbers(1, 3)), segments());
      assertThatThrownBy(() -> new KafkaEpochs(config).open())
          .hasMessageContaining("starts without state of this sink")
          .hasMessageContaining("/checkpoints/chk-1");
      assertThatThrownBy(() -> epochs.restoredAt(0).open())
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.FENCED));
      session.apply(epochs.epoch(2, epochs.numbers(4, 6)), segments());
    }
    assertThat(committed(client, topic)).isEqualTo(texts(1, 6));
  }

  /** Names that begin like ours, and one that could be a subtask's but never joined. */
  @ParameterizedTest
  @ValueSource(strings = {"%s-2", "%s2", "%s.7", "%s.0.1"})
  void transactionsOfOthersAreLeftAlone(String name) throws Exception {
    var foreign =
        new KafkaProducer<>(
            Map.<String, Object>of(
                "bootstrap.servers", TestServers.kafka().bootstrapServers(),
                "transactional.id", name.formatted(TransactionalIds.ofSink(config.sinkId()))),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    try (foreign;
        var session = epochs.open()) {
      foreign.initTransactions();
      foreign.beginTransaction();
      foreign.send(new ProducerRecord<>(topic, 2, null, bytes("foreign"))).get();
      session.apply(epochs.epoch(1, epochs.numbers(1, 3)), segments());
      epochs.restoredAt(1).open().close();
      foreign.commitTransaction();
    }
    assertThat(committed(client, topic)).containsExactlyInAnyOrder("1", "2", "3", "foreign");
  }

  @Test
  void aDamagedSegmentCommitsNothingAndLeavesNothingOpen() throws Exception {
    try (var session = epochs.open()) {
      var part = epochs.part(epochs.numbers(1, 100));
      var bytes = part.inline().clone();
      bytes[bytes.length - 1] ^= 1;
      var damaged =
          new SegmentPart(part.target(), part.rows(), part.bytes(), part.crc32c(), bytes, null);
      assertThatThrownBy(() -> session.apply(epochs.ofParts(1, List.of(damaged)), segments()))
          .hasMessageContaining("is damaged")
          .hasMessageContaining("Nothing was committed");
      assertThat(transactionalIds()).noneMatch(state -> state.contains("Ongoing"));
    }
    assertThat(committed(client, topic)).isEmpty();
    assertThat(markers()).isEmpty();
  }

  private List<CommitMarker> markers() throws Exception {
    return List.copyOf(KafkaEpochs.history(config, client).markers());
  }

  private void applyAnew(Epoch epoch) throws StoreException {
    try (var session = epochs.session()) {
      session.apply(epoch, segments());
    }
  }
}
