package io.onceflow.common.sink.kafka;

import static io.onceflow.common.sink.kafka.KafkaEpochs.bytes;
import static io.onceflow.common.sink.kafka.KafkaEpochs.segments;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.kafka.KafkaClientProperties;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.TestServers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the reading of markers waits for, and what it does not take for an empty history. */
@Timeout(120)
class MarkerTopicIT {

  private final KafkaSinkConfig config = KafkaEpochs.onSharedBroker("reading", 1);
  private final String markers = config.staged().markerTopic();
  private final KafkaEpochs epochs = new KafkaEpochs(config);
  private final KafkaClient client = KafkaClient.to(TestServers.kafka());

  @AfterEach
  void close() {
    client.close();
  }

  private MarkerTopic reader() {
    return new MarkerTopic(
        KafkaClientProperties.of(config.kafka()), markers, config.sinkId(), client.admin());
  }

  private KafkaProducer<byte[], byte[]> otherSink() {
    return new KafkaProducer<>(
        Map.<String, Object>of(
            "bootstrap.servers",
            TestServers.kafka().bootstrapServers(),
            "transactional.id",
            "other-" + config.topic()),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  private void openIn(KafkaProducer<byte[], byte[]> other) throws Exception {
    other.initTransactions();
    other.beginTransaction();
    other.send(new ProducerRecord<>(markers, 0, bytes("sink/other"), null)).get();
  }

  @Test
  void whatIsDecidedIsReadAndTheOpenTransactionNamedWhenTheRestIsNot() throws Exception {
    try (var other = otherSink();
        var reader = reader()) {
      openIn(other);
      assertThat(reader.readDecided()).isFalse();
      assertThatThrownBy(() -> reader.readToEnd(Duration.ofMillis(300)))
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.TRANSIENT))
          .hasMessageContaining("Another sink's transaction is open in " + markers + "-0");
      other.commitTransaction();
      reader.readToEnd(Duration.ofSeconds(30));
      assertThat(reader.readDecided()).isTrue();
    }
  }

  @Test
  void aSessionWaitsAsLongAsATransactionMayBeOpenAndAnAbortEndsTheWait() throws Exception {
    var shape =
        new KafkaStore.Shape(
            new java.util.Properties(), new java.util.Properties(), List.of(), null, "m", 900_000);
    assertThat(KafkaSession.patience(shape)).isGreaterThan(Duration.ofMillis(900_000));
    try (var other = otherSink();
        var session = epochs.open()) {
      openIn(other);
      var epoch = epochs.epoch(1, epochs.numbers(1, 3));
      var applying =
          CompletableFuture.runAsync(
              () -> {
                try {
                  session.apply(epoch, segments());
                } catch (StoreException e) {
                  throw new IllegalStateException(e);
                }
              });
      assertThatThrownBy(() -> applying.get(2, TimeUnit.SECONDS))
          .isInstanceOf(java.util.concurrent.TimeoutException.class);
      session.abort();
      assertThatThrownBy(() -> applying.get(20, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class);
    }
    assertThat(client.readAll(config.topic())).isEmpty();
  }

  @Test
  void aMarkerTopicThatWasMadeAnewIsNotTakenForAHistory() throws Exception {
    try (var session = epochs.open()) {
      session.apply(epochs.epoch(1, epochs.numbers(1, 3)), segments());
      client.deleteTopic(markers);
      KafkaEpochs.createMarkers(client, config);
      var next = epochs.epoch(2, epochs.numbers(4, 6));
      assertThatThrownBy(() -> session.apply(next, segments()))
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.SYSTEM))
          .hasMessageContaining("was the marker topic deleted and made anew");
    }
    assertThat(client.readAll(config.topic())).hasSize(3);
  }

  /** As after the return of a broker that has not heard of its topics yet. */
  @Test
  void topicsThatABrokerLearnsOfLateAreFound() throws Exception {
    var name = TestServers.newTopic("late", 1) + "-data";
    var late = KafkaEpochs.config(TestServers.kafka(), name);
    var made =
        CompletableFuture.runAsync(
            () -> {
              KafkaEpochs.createMarkers(client, late);
              client.createTopic(name, 1);
            },
            CompletableFuture.delayedExecutor(1500, TimeUnit.MILLISECONDS));
    try (var session =
        new KafkaEpochs(late).store().createSession(late.sinkId(), "r", OnReject.FAIL)) {
      session.preflight();
    }
    made.get();
  }
}
