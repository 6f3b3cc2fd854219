package io.onceflow.common.sink.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.GetResponse;
import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.Epoch;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.OnRewind;
import io.onceflow.common.commit.OpenRequest;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StagedSession;
import io.onceflow.common.commit.StagedSession.ApplyResult;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.RabbitMqConfig;
import io.onceflow.common.config.Secret;
import io.onceflow.common.sink.postgres.Epochs;
import io.onceflow.testbed.servers.RabbitMqServer;
import io.onceflow.testbed.servers.TestServers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Queues, effectively once: what is there twice has the same id. */
@Timeout(120)
class RabbitMqQueueSinkIT {

  private final RabbitMqServer server = TestServers.rabbitMq();
  private final String queue = TestServers.newRabbitMqName("queue");
  private final String dead = TestServers.newRabbitMqName("dead");
  private final SinkId sinkId = new SinkId(TestServers.newRabbitMqName("sink"));
  private final Epochs<String> epochs = new Epochs<>(store());

  private RabbitMqQueueStore<String> store() {
    var password = Secret.fromFile(server.passwordFile().toString());
    var config =
        RabbitMqConfig.loopback(server.port(), server.streamPort(), server.user(), password);
    return RabbitMqQueueStore.of(
        config,
        "",
        dead,
        text -> RabbitMqOutput.text(text.startsWith("lost") ? "no-" + queue : queue, text));
  }

  @BeforeEach
  void declare() throws Exception {
    try (Connection connection = server.connect();
        Channel channel = connection.createChannel()) {
      channel.queueDeclare(queue, true, false, false, Map.of());
      channel.queueDeclare(dead, true, false, false, Map.of());
    }
  }

  @AfterEach
  void disarm() {
    CrashPoints.disarmAll();
  }

  private StagedSession open(OnReject onReject) throws StoreException {
    return open(onReject, null, OptionalLong.empty());
  }

  private StagedSession open(OnReject onReject, String lineage, OptionalLong checkpoint)
      throws StoreException {
    var session = store().createSession(sinkId, "run", onReject);
    session.preflight();
    session.open(new OpenRequest(sinkId, "run", lineage, checkpoint, OnRewind.FAIL));
    return session;
  }

  /** The epoch as this sink's. */
  private Epoch epoch(StagedSession session, int checkpoint, List<String> texts) throws Exception {
    var lineage =
        session
            .open(new OpenRequest(sinkId, "run", null, OptionalLong.empty(), OnRewind.FAIL))
            .lineage();
    var other = epochs.epoch(checkpoint, texts);
    return new Epoch(
        sinkId,
        lineage,
        other.checkpointId(),
        other.previousCheckpointId(),
        other.scope(),
        other.subtask(),
        other.transactionId(),
        other.watermarkMs(),
        other.preparedAtMs(),
        other.restorePath(),
        other.parts(),
        List.of(),
        List.of());
  }

  private static List<String> texts(int count) {
    return IntStream.range(0, count).mapToObj(i -> "text " + i).toList();
  }

  private List<GetResponse> take(String from) throws Exception {
    var messages = new ArrayList<GetResponse>();
    try (Connection connection = server.connect();
        Channel channel = connection.createChannel()) {
      for (var next = channel.basicGet(from, true);
          next != null;
          next = channel.basicGet(from, true)) {
        messages.add(next);
      }
    }
    return messages;
  }

  private static String text(GetResponse message) {
    return new String(message.getBody(), UTF_8);
  }

  @Test
  void anEpochIsThereOncePersistentAndInOrder() throws Exception {
    try (var session = open(OnReject.FAIL)) {
      var epoch = epoch(session, 1, texts(2_500));
      assertThat(session.apply(epoch, Epochs.segments())).isEqualTo(new ApplyResult(false, 0));
      assertThat(session.apply(epoch, Epochs.segments())).isEqualTo(new ApplyResult(true, 0));
    }
    var messages = take(queue);
    assertThat(messages).extracting(RabbitMqQueueSinkIT::text).isEqualTo(texts(2_500));
    assertThat(messages)
        .allSatisfy(message -> assertThat(message.getProps().getDeliveryMode()).isEqualTo(2))
        .extracting(message -> message.getProps().getMessageId())
        .doesNotHaveDuplicates();
  }

  @Test
  void whatACrashMakesComeTwiceHasTheSameIds() throws Exception {
    Epoch epoch;
    try (var session = open(OnReject.FAIL)) {
      epoch = epoch(session, 1, texts(10));
      CrashPoints.arm(
          CrashPoints.APPLY_BEFORE_COMMIT,
          () -> {
            throw new IllegalStateException("the process ends here");
          });
      assertThatThrownBy(() -> session.apply(epoch, Epochs.segments()))
          .isInstanceOf(StoreException.class);
    }
    CrashPoints.disarmAll();
    assertThatThrownBy(() -> open(OnReject.FAIL)).hasMessageContaining("To continue, restore from");
    try (var session = open(OnReject.FAIL, epoch.lineage(), OptionalLong.of(1))) {
      assertThat(session.apply(epoch, Epochs.segments()).alreadyCommitted()).isFalse();
    }
    var messages = take(queue);
    assertThat(messages).hasSize(20);
    assertThat(messages.stream().map(message -> message.getProps().getMessageId()).distinct())
        .hasSize(10);
  }

  @Test
  void whatNoQueueIsBoundToGoesToTheDeadLetters() throws Exception {
    try (var session = open(OnReject.DEAD_LETTER)) {
      var epoch = epoch(session, 1, List.of("a", "lost 1", "b", "lost 2"));
      assertThat(session.apply(epoch, Epochs.segments())).isEqualTo(new ApplyResult(false, 2));
    }
    assertThat(take(queue)).extracting(RabbitMqQueueSinkIT::text).containsExactly("a", "b");
    var letters = take(dead);
    assertThat(letters).hasSize(2);
    assertThat(text(letters.get(0))).contains("lost 1");
    assertThat(letters.get(0).getProps().getHeaders().get(DeadLetters.CODE))
        .hasToString("unroutable");
    assertThat(letters.get(0).getProps().getHeaders().get(DeadLetters.SINK))
        .hasToString(sinkId.value());
  }

  @Test
  void whatNoQueueIsBoundToFailsAJobThatTakesNoDeadLetters() throws Exception {
    try (var session = open(OnReject.FAIL)) {
      var epoch = epoch(session, 1, List.of("a", "lost 1"));
      assertThatThrownBy(() -> session.apply(epoch, Epochs.segments()))
          .hasMessageContaining("came back: no queue is bound to it")
          .hasMessageNotContaining("lost 1");
    }
  }

  @Test
  void aMissingQueueForDeadLettersIsSaidBeforeTheFirstMessage() throws Exception {
    try (Connection connection = server.connect();
        Channel channel = connection.createChannel()) {
      channel.queueDelete(dead);
    }
    assertThatThrownBy(() -> open(OnReject.DEAD_LETTER))
        .hasMessageContaining("The queue %s does not exist".formatted(dead));
  }
}
