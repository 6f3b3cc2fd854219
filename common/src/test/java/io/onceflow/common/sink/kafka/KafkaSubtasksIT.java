package io.onceflow.common.sink.kafka;

import static io.onceflow.common.sink.kafka.KafkaEpochs.committed;
import static io.onceflow.common.sink.kafka.KafkaEpochs.segments;
import static io.onceflow.common.sink.kafka.KafkaEpochs.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.LineageRules.SinkRecord;
import io.onceflow.common.commit.StagedSession;
import io.onceflow.common.commit.StagedSession.ApplyResult;
import io.onceflow.common.commit.StoreException;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.TestServers;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scope SUBTASK: a claim fences subtasks that commit under ids of their own. */
@Timeout(120)
class KafkaSubtasksIT {

  private final KafkaSinkConfig config = KafkaEpochs.onSharedBroker("subtasks", 3);
  private final String topic = config.topic();
  private final KafkaEpochs epochs = new KafkaEpochs(config);
  private final KafkaClient client = KafkaClient.to(TestServers.kafka());
  private final CountDownLatch go = new CountDownLatch(1);

  @AfterEach
  void close() {
    go.countDown();
    CrashPoints.disarmAll();
    client.close();
  }

  @Test
  void subtasksCommitTheirOwnChains() throws Exception {
    try (var zero = epochs.open();
        var one = epochs.open()) {
      zero.apply(epochs.epoch(0, 1, epochs.numbers(1, 3)), segments());
      one.apply(epochs.epoch(1, 1, epochs.numbers(4, 6)), segments());
      zero.apply(epochs.epoch(0, 2, epochs.numbers(7, 9)), segments());
      one.apply(epochs.epoch(1, 2, epochs.numbers(10, 12)), segments());
    }
    assertThat(committed(client, topic)).isEqualTo(texts(1, 12));
  }

  /** In the middle of its records, and with its marker sent, so that it blocks all readers. */
  @ParameterizedTest
  @ValueSource(strings = {CrashPoints.APPLY_MIDDLE, CrashPoints.APPLY_BEFORE_COMMIT})
  void aClaimFencesASubtaskInTheMiddleOfItsCommit(String point) throws Exception {
    try (var old = epochs.open()) {
      old.apply(epochs.epoch(1, 1, epochs.numbers(1, 3)), segments());
      var held = pausedAt(point, old, epochs.epoch(1, 2, epochs.numbers(4, 6)));
      epochs.restoredAt(1).open().close();
      assertFenced(held);
    }
    assertThat(committed(client, topic)).isEqualTo(texts(1, 3));
  }

  /** What a claim leaves that fails after it has written who owns the sink. */
  @Test
  void aClaimThatIsRepeatedFencesWhatTheFirstAttemptDidNot() throws Exception {
    try (var old = epochs.open()) {
      old.apply(epochs.epoch(1, 1, epochs.numbers(1, 3)), segments());
      var held = pausedAt(CrashPoints.APPLY_MIDDLE, old, epochs.epoch(1, 2, epochs.numbers(4, 6)));
      var next = epochs.restoredAt(1);
      writeOwner(next.runId());
      next.open().close();
      assertFenced(held);
    }
    assertThat(committed(client, topic)).isEqualTo(texts(1, 3));
  }

  @Test
  void aRestartOfTheSameRunFencesNoSubtask() throws Exception {
    try (var session = epochs.open()) {
      session.apply(epochs.epoch(1, 1, epochs.numbers(1, 3)), segments());
      var held =
          pausedAt(CrashPoints.APPLY_MIDDLE, session, epochs.epoch(1, 2, epochs.numbers(4, 6)));
      epochs.restartAt(1);
      epochs.open().close();
      go.countDown();
      assertThat(held.get(60, TimeUnit.SECONDS)).isEqualTo(new ApplyResult(false, 0));
    }
    assertThat(client.readAll(topic)).hasSize(6);
  }

  private CompletableFuture<ApplyResult> pausedAt(String point, StagedSession session, Epoch epoch)
      throws InterruptedException {
    var reached = new CountDownLatch(1);
    CrashPoints.arm(
        point,
        () -> {
          CrashPoints.disarmAll();
          reached.countDown();
          awaitQuietly(go);
        });
    var result =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return session.apply(epoch, segments());
              } catch (StoreException e) {
                throw new IllegalStateException(e);
              }
            });
    assertThat(reached.await(60, TimeUnit.SECONDS)).isTrue();
    return result;
  }

  private void assertFenced(CompletableFuture<ApplyResult> held) {
    go.countDown();
    assertThatThrownBy(() -> held.get(60, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .rootCause()
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.FENCED))
        .hasMessageContaining("was taken over by run");
  }

  private void writeOwner(String runId) throws Exception {
    var history = KafkaEpochs.history(config, client);
    var known = history.known();
    var owned =
        new SinkRecord(
            known.lineage(),
            runId,
            known.lastCheckpointId(),
            known.parentLineage(),
            known.parentCheckpointId(),
            known.lastRestorePath());
    var id = config.sinkId();
    var run = ("{\"version\":1,\"lineage\":\"%s\"}").formatted(known.lineage());
    try (var producer =
        new KafkaProducer<>(
            Map.<String, Object>of(
                "bootstrap.servers", TestServers.kafka().bootstrapServers(),
                "transactional.id", TransactionalIds.ofSink(id)),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(marker("sink/" + id, MarkerJson.of(new MarkerHistory.Sink(owned, 0))));
      producer.send(marker("run/%s/%s".formatted(id, runId), run.getBytes(StandardCharsets.UTF_8)));
      producer.commitTransaction();
    }
  }

  private ProducerRecord<byte[], byte[]> marker(String key, byte[] value) {
    return new ProducerRecord<>(
        config.staged().markerTopic(), 0, key.getBytes(StandardCharsets.UTF_8), value);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
