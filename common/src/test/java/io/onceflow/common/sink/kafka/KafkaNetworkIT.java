package io.onceflow.common.sink.kafka;

import static io.onceflow.common.sink.kafka.KafkaEpochs.committed;
import static io.onceflow.common.sink.kafka.KafkaEpochs.segments;
import static io.onceflow.common.sink.kafka.KafkaEpochs.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.StagedSession;
import io.onceflow.common.commit.StagedSession.ApplyResult;
import io.onceflow.common.commit.StoreException;
import io.onceflow.testbed.servers.FreePort;
import io.onceflow.testbed.servers.KafkaBroker;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.ProxyAction;
import io.onceflow.testbed.servers.TcpProxy;
import io.onceflow.testbed.servers.TcpProxy.Direction;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A session whose broker dies, or whose network fails, at the worst moment. */
@Timeout(180)
class KafkaNetworkIT {

  private static TcpProxy proxy;
  private static KafkaBroker broker;

  private KafkaClient client;
  private KafkaSinkConfig config;
  private KafkaEpochs epochs;

  @BeforeAll
  static void start() {
    var port = FreePort.next();
    proxy = TcpProxy.toKafka("127.0.0.1", port);
    broker = KafkaBroker.builder().port(port).advertisedPort(proxy.port()).start();
  }

  @AfterAll
  static void stop() {
    broker.close();
    proxy.close();
  }

  @BeforeEach
  void createTopics(TestInfo test) {
    var topic = "t" + Integer.toHexString(test.getDisplayName().hashCode());
    client = KafkaClient.to(broker);
    config =
        KafkaEpochs.config(broker, topic)
            .with(
                Map.of(
                    "max.block.ms", "3000",
                    "request.timeout.ms", "2000",
                    "delivery.timeout.ms", "20000"));
    client.createTopic(topic, 1);
    KafkaEpochs.createMarkers(client, config);
    epochs = new KafkaEpochs(config);
  }

  @AfterEach
  void heal() {
    CrashPoints.disarmAll();
    proxy.heal();
    client.close();
  }

  /** What StoreCalls does, without its pauses. */
  private ApplyResult applyUntilItIsDone(StagedSession session, Epoch epoch) {
    var result = new AtomicReference<ApplyResult>();
    await()
        .atMost(Duration.ofSeconds(120))
        .until(
            () -> {
              try {
                result.set(session.apply(epoch, segments()));
                return true;
              } catch (StoreException e) {
                assertThat(e.retryable()).as(e.getMessage()).isTrue();
                return false;
              }
            });
    return result.get();
  }

  @Test
  void aCommitWhoseAnswerIsLostIsFoundByItsMarker() throws Exception {
    try (var session = epochs.open()) {
      session.apply(epochs.epoch(1, epochs.numbers(1, 10)), segments());
      var epoch = epochs.epoch(2, epochs.numbers(11, 20));
      proxy.whenRequest(
          "EndTxn", ProxyAction.before(() -> proxy.swallow(Direction.SERVER_TO_CLIENT)));
      assertThatThrownBy(() -> session.apply(epoch, segments()))
          .isInstanceOfSatisfying(
              StoreException.class,
              e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.AMBIGUOUS));
      proxy.heal();
      assertThat(applyUntilItIsDone(session, epoch)).isEqualTo(new ApplyResult(true, 0));
    }
    assertThat(committed(client, config.topic())).isEqualTo(texts(1, 20));
  }

  @Test
  void aCommitThatNeverReachedTheBrokerIsWrittenAgain() throws Exception {
    try (var session = epochs.open()) {
      session.apply(epochs.epoch(1, epochs.numbers(1, 10)), segments());
      var epoch = epochs.epoch(2, epochs.numbers(11, 20));
      proxy.whenRequest(
          "EndTxn", ProxyAction.before(() -> proxy.swallow(Direction.CLIENT_TO_SERVER)));
      assertThatThrownBy(() -> session.apply(epoch, segments()))
          .isInstanceOfSatisfying(
              StoreException.class,
              e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.AMBIGUOUS));
      proxy.heal();
      assertThat(applyUntilItIsDone(session, epoch)).isEqualTo(new ApplyResult(false, 0));
    }
    assertThat(committed(client, config.topic())).isEqualTo(texts(1, 20));
    assertThat(client.readAll(config.topic())).hasSize(30);
  }

  @ParameterizedTest
  @ValueSource(strings = {"InitProducerId", "ListOffsets", "Fetch", "Produce", "EndTxn"})
  void aConnectionCutAtAnyRequestCostsNoRecord(String request) throws Exception {
    try (var session = epochs.session()) {
      var claimed = proxy.whenRequest(request, ProxyAction.loseRequest());
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () -> {
                try {
                  epochs.claim(session);
                  return true;
                } catch (StoreException e) {
                  assertThat(e.retryable()).as(e.getMessage()).isTrue();
                  return false;
                }
              });
      claimed.awaitFired(Duration.ofSeconds(10));
      applyUntilItIsDone(session, epochs.epoch(1, epochs.numbers(1, 10)));
      var lost = proxy.whenRequest(request, ProxyAction.loseReply());
      for (var checkpoint = 2; checkpoint < 6; checkpoint++) {
        var from = checkpoint * 10 - 9;
        applyUntilItIsDone(session, epochs.epoch(checkpoint, epochs.numbers(from, from + 9)));
      }
      // A session that keeps its producer initializes no other one.
      if (!request.equals("InitProducerId")) {
        lost.awaitFired(Duration.ofSeconds(10));
      }
    }
    assertThat(committed(client, config.topic())).isEqualTo(texts(1, 50));
  }

  @ParameterizedTest
  @ValueSource(strings = {CrashPoints.APPLY_MIDDLE, CrashPoints.APPLY_BEFORE_COMMIT})
  void aBrokerThatIsKilledInTheMiddleOfATransactionCostsNoRecord(String point) throws Exception {
    try (var session = epochs.open()) {
      session.apply(epochs.epoch(1, epochs.numbers(1, 10)), segments());
      CrashPoints.arm(
          point,
          () -> {
            CrashPoints.disarmAll();
            broker.kill();
            broker.restart();
          });
      applyUntilItIsDone(session, epochs.epoch(2, epochs.numbers(11, 20)));
      applyUntilItIsDone(session, epochs.epoch(3, epochs.numbers(21, 30)));
    }
    assertThat(committed(client, config.topic())).isEqualTo(texts(1, 30));
  }

  /** The process dies with the transaction open: nobody is left who could abort it. */
  @Test
  void whatADeadSessionLeftOpenIsAbortedByTheNextOne() throws Exception {
    var epoch = (Epoch) null;
    try (var dying = epochs.open()) {
      var doomed = epochs.epoch(1, epochs.numbers(1, 10));
      CrashPoints.arm(
          CrashPoints.APPLY_BEFORE_COMMIT,
          () -> {
            CrashPoints.disarmAll();
            throw new IllegalStateException("dead");
          });
      assertThatThrownBy(() -> dying.apply(doomed, segments())).hasMessageContaining("dead");
      epoch = doomed;
    }
    assertThat(client.readAll(config.topic())).hasSize(10);
    try (var next = epochs.open()) {
      assertThat(applyUntilItIsDone(next, epoch)).isEqualTo(new ApplyResult(false, 0));
    }
    assertThat(committed(client, config.topic())).isEqualTo(texts(1, 10));
  }

  /** The broker ends what is open for too long; the epoch is written again, whole. */
  @Test
  void aTransactionThatTheBrokerGaveUpIsWrittenAgainFromTheSegment() throws Exception {
    var impatient = new KafkaEpochs(config.with(Duration.ofSeconds(1)));
    try (var session = impatient.open()) {
      CrashPoints.arm(
          CrashPoints.APPLY_BEFORE_COMMIT,
          () -> {
            CrashPoints.disarmAll();
            await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> !ongoing(TransactionalIds.ofSink(config.sinkId())));
          });
      var epoch = impatient.epoch(1, impatient.numbers(1, 10));
      assertThatThrownBy(() -> session.apply(epoch, segments()))
          .hasMessageContaining("longer than the transaction-timeout of 1000 ms");
      assertThat(committed(client, config.topic())).isEmpty();
      assertThat(session.apply(epoch, segments())).isEqualTo(new ApplyResult(false, 0));
    }
    assertThat(committed(client, config.topic())).isEqualTo(texts(1, 10));
  }

  @Test
  void aClusterWithTheOldTransactionProtocolIsRefused() throws Exception {
    transactionVersion((short) 1, FeatureUpdate.UpgradeType.SAFE_DOWNGRADE);
    try (var session = epochs.session()) {
      assertThatThrownBy(session::preflight)
          .hasMessageContaining("transaction.version is 1")
          .hasMessageContaining("upgrade --feature transaction.version=2");
      transactionVersion((short) 2, FeatureUpdate.UpgradeType.UPGRADE);
      await().atMost(Duration.ofSeconds(20)).untilAsserted(session::preflight);
    }
  }

  private void transactionVersion(short level, FeatureUpdate.UpgradeType how) throws Exception {
    client
        .admin()
        .updateFeatures(
            Map.of("transaction.version", new FeatureUpdate(level, how)),
            new UpdateFeaturesOptions())
        .all()
        .get();
  }

  private boolean ongoing(String id) throws Exception {
    return client.admin().listTransactions().all().get().stream()
        .anyMatch(
            listed ->
                listed.transactionalId().equals(id) && listed.state().toString().equals("Ongoing"));
  }
}
