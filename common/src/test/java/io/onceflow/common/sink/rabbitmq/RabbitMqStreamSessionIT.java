package io.onceflow.common.sink.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.CrashPoints;
import io.onceflow.common.commit.RowRejectedException;
import io.onceflow.common.config.RabbitMqConfig;
import io.onceflow.common.config.Secret;
import io.onceflow.common.sink.postgres.Epochs;
import io.onceflow.testbed.servers.RabbitMqServer;
import io.onceflow.testbed.servers.TestServers;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the conformance suite does not know of streams. */
@Timeout(120)
class RabbitMqStreamSessionIT {

  private static final OutputRules RULES =
      new OutputRules(OutputRules.MAX_QUEUE_BYTES, OutputRules.MAX_QUEUE_PROPERTY_BYTES);

  private final RabbitMqServer server = TestServers.rabbitMq();
  private final String stream = TestServers.newRabbitMqName("stream");
  private final String other = TestServers.newRabbitMqName("other");
  private final String dead = TestServers.newRabbitMqName("dead");

  @BeforeEach
  void declare() {
    try (var reader = new StreamReader(server)) {
      for (var name : List.of(stream, other, dead)) {
        reader.environment().streamCreator().stream(name).create();
      }
      if (reader.environment().streamExists(Names.log(Epochs.SINK))) {
        reader.environment().deleteStream(Names.log(Epochs.SINK));
      }
    }
  }

  @AfterEach
  void disarm() {
    CrashPoints.disarmAll();
  }

  private Epochs<String> epochs(String target) {
    var password = Secret.fromFile(server.passwordFile().toString());
    var config =
        RabbitMqConfig.loopback(server.port(), server.streamPort(), server.user(), password);
    return new Epochs<>(
        RabbitMqStreamStore.of(
            config, List.of(target), dead, text -> RabbitMqOutput.text(target, text)));
  }

  private static List<String> texts(String prefix, int count) {
    return IntStream.range(0, count).mapToObj(i -> prefix + i).toList();
  }

  private List<String> read(String from) {
    try (var reader = new StreamReader(server)) {
      return reader.readWhole(from).stream()
          .map(message -> new String(message.getBodyAsBinary(), UTF_8))
          .toList();
    }
  }

  @Test
  void aSinkWhoseLogWasDeletedLosesNothingOfWhatItWritesNext() throws Exception {
    var before = epochs(stream);
    try (var session = before.open()) {
      session.apply(before.epoch(1, texts("before ", 7)), Epochs.segments());
    }
    try (var reader = new StreamReader(server)) {
      reader.environment().deleteStream(Names.log(Epochs.SINK));
    }
    var after = epochs(stream);
    try (var session = after.open()) {
      session.apply(after.epoch(1, texts("after ", 3)), Epochs.segments());
    }
    assertThat(read(stream)).hasSize(10).containsAll(texts("after ", 3));
  }

  @Test
  void anEpochThatWasBegunForOtherStreamsIsNotWrittenHere() throws Exception {
    var begun = epochs(stream);
    try (var session = begun.open()) {
      var epoch = begun.epoch(1, texts("", 5));
      CrashPoints.arm(
          CrashPoints.APPLY_BEFORE_COMMIT,
          () -> {
            throw new IllegalStateException("the process ends here");
          });
      assertThatThrownBy(() -> session.apply(epoch, Epochs.segments())).isNotNull();
      CrashPoints.disarmAll();
      var moved = new StreamLink(config(), "test");
      try (moved) {
        var publisher = new StreamPublisher(moved, List.of(other, dead), Epochs.SINK);
        var last = new SinkLog(moved, Names.log(Epochs.SINK)).last();
        var note = last.values().get("pending.0").split(" ")[3];
        assertThatThrownBy(() -> publisher.publish(epoch, note, last.values(), Epochs.segments()))
            .hasMessageContaining("set them back until it is committed");
      }
      session.apply(epoch, Epochs.segments());
    }
    assertThat(read(stream)).isEqualTo(texts("", 5));
    assertThat(read(other)).isEmpty();
  }

  private RabbitMqConfig config() {
    return RabbitMqConfig.loopback(
        server.port(),
        server.streamPort(),
        server.user(),
        Secret.fromFile(server.passwordFile().toString()));
  }

  @Test
  void messagesOfManyMegabytesAreWrittenInBoundedMemory() throws Exception {
    var epochs = epochs(stream);
    var large = "x".repeat(900_000);
    try (var session = epochs.open()) {
      var texts = IntStream.range(0, 60).mapToObj(i -> i + large).toList();
      session.apply(epochs.epoch(1, texts), Epochs.segments());
    }
    assertThat(read(stream)).hasSize(60);
  }

  @Test
  void whatABrokerClosesChannelsForIsRejectedBeforeIt() {
    var plain = RabbitMqOutput.text("queue", "body");
    for (var bad :
        List.of(
            plain.withHeaders(Map.of("CC", "a")),
            plain.withHeaders(Map.of("BCC", "a")),
            plain.withHeaders(Map.of("large", "x".repeat(200_000))),
            plain.withHeaders(Map.of("onceflow-epoch", "a")),
            plain.answering(null, "amq.rabbitmq.reply-to"))) {
      assertThatThrownBy(() -> RULES.check(bad)).isInstanceOf(RowRejectedException.class);
    }
  }
}
