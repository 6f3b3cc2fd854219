package io.onceflow.common.source.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.impl.LongStringHelper;
import com.rabbitmq.stream.Codec;
import com.rabbitmq.stream.Message;
import com.rabbitmq.stream.MessageBuilder;
import com.rabbitmq.stream.codec.QpidProtonCodec;
import io.onceflow.common.rabbitmq.RabbitMqConnections;
import io.onceflow.common.sink.postgres.SinkJobs;
import io.onceflow.testbed.servers.TestServers;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Messages with everything that may be in one, or with nothing, arrive and never fail the job. */
@Timeout(120)
class MessageContentIT {

  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(2)
              .build());

  @TempDir Path directory;

  private List<RabbitMqMessage> read(SourceJobs.SourceOf source) throws Exception {
    var environment = SinkJobs.environment(directory, 1, null);
    Source<RabbitMqMessage, ?, ?> messages = source.with(environment.getConfiguration());
    return environment
        .fromSource(messages, WatermarkStrategy.noWatermarks(), "Messages")
        .uid("source-messages")
        // Over the network, so that the serializer is used.
        .rebalance()
        .map(message -> message)
        .returns(RabbitMqMessage.class)
        .uid("same")
        .executeAndCollect(100);
  }

  @Test
  void whateverAQueueHoldsArrives() throws Exception {
    try (var producer = new Queues(TestServers.rabbitMq())) {
      var name = producer.declare("classic");
      producer.publish(name, new BasicProperties(), "");
      producer.publish(name, full(), "body");
      producer.publish(
          name,
          new BasicProperties.Builder().headers(Map.of("huge", "x".repeat(100_000))).build(),
          "huge header");
      producer.confirm();
      var messages =
          read(
              configuration ->
                  RabbitMqQueueSource.builder(producer.config())
                      .queues(name)
                      .checkpointsOf(configuration)
                      .missingId(MissingId.AT_LEAST_ONCE)
                      .bounded()
                      .build());
      assertThat(messages).hasSize(3);
      assertThat(messages.get(0))
          .isEqualTo(
              new RabbitMqMessage(
                  name,
                  -1,
                  null,
                  null,
                  null,
                  null,
                  null,
                  -1,
                  -1,
                  Map.of("amqp-exchange", "", "amqp-routing-key", name),
                  false,
                  new byte[0]));
      assertFull(name, messages.get(1));
      assertThat(messages.get(2).headers().get("huge")).hasSize(100_000);
    }
  }

  private static BasicProperties full() {
    var headers = new HashMap<String, Object>();
    headers.put("text", "ä");
    headers.put("int", 7);
    headers.put("long", Long.MIN_VALUE);
    headers.put("decimal", new BigDecimal("1.50"));
    headers.put("flag", true);
    headers.put("time", new Date(1_790_000_000_000L));
    headers.put("bytes", new byte[] {(byte) 0xff, 0});
    headers.put("nothing", null);
    headers.put("list", Arrays.asList(1, "two", null, Map.of("three", 3.5)));
    headers.put("broken", LongStringHelper.asLongString(new byte[] {(byte) 0xc3}));
    headers.put("amqp-type", "mine");
    return new BasicProperties.Builder()
        .messageId("id")
        .correlationId("correlation")
        .appId("app")
        .replyTo("reply")
        .contentType("text/plain")
        .contentEncoding("gzip")
        .priority(200)
        .type("type")
        .userId(TestServers.rabbitMq().user())
        .expiration("600000")
        .timestamp(new Date(1_790_000_000_999L))
        .headers(headers)
        .build();
  }

  private static void assertFull(String name, RabbitMqMessage message) {
    assertThat(message.messageId()).isEqualTo("id");
    assertThat(message.correlationId()).isEqualTo("correlation");
    assertThat(message.appId()).isEqualTo("app");
    assertThat(message.replyTo()).isEqualTo("reply");
    assertThat(message.contentType()).isEqualTo("text/plain");
    assertThat(message.priority()).isEqualTo(200);
    assertThat(message.timestampMs()).as("seconds only").isEqualTo(1_790_000_000_000L);
    assertThat(message.body()).asString(StandardCharsets.UTF_8).isEqualTo("body");
    assertThat(message.headers())
        .containsAllEntriesOf(
            Map.ofEntries(
                Map.entry("text", "ä"),
                Map.entry("int", "7"),
                Map.entry("long", "-9223372036854775808"),
                Map.entry("decimal", "1.50"),
                Map.entry("flag", "true"),
                Map.entry("time", "2026-09-21T14:13:20Z"),
                Map.entry("bytes", "base64:/wA="),
                Map.entry("nothing", "null"),
                Map.entry("list", "[1,\"two\",null,{\"three\":3.5}]"),
                Map.entry("amqp-type", "mine"),
                Map.entry("amqp-content-encoding", "gzip"),
                Map.entry("amqp-user-id", "onceflow"),
                Map.entry("amqp-expiration", "600000"),
                Map.entry("amqp-exchange", ""),
                Map.entry("amqp-routing-key", name)))
        .containsKey("broken");
  }

  /** The server takes any bytes for a message of a stream. */
  @Test
  void whateverAStreamHoldsArrives() throws Exception {
    try (var streams = new Streams(TestServers.rabbitMq());
        var queues = new Queues(TestServers.rabbitMq())) {
      var name = streams.declare();
      streams.publish(name, List.of("a"), text -> MessageContentIT::typed);
      publishRaw(name, "no message at all".getBytes(StandardCharsets.UTF_8));
      // With a null or a decimal among the headers the server, 3.10.8, ends the connection.
      var properties = full().builder().headers(Map.of("text", "ä", "int", 7)).build();
      queues.publish(name, properties, "over AMQP 0-9-1");
      queues.confirm();
      streams.publish(name, List.of("b"), text -> builder -> builder.addData(new byte[0]));
      var messages =
          read(
              configuration ->
                  RabbitMqStreamSource.builder(queues.config()).streams(name).bounded().build());
      assertThat(messages).extracting(RabbitMqMessage::offset).containsExactly(0L, 1L, 2L, 3L);
      assertTyped(messages.get(0));
      assertThat(messages.get(1).headers()).containsKey("onceflow-unreadable");
      assertThat(messages.get(1).body())
          .asString(StandardCharsets.UTF_8)
          .isEqualTo("no message at all");
      assertThat(messages.get(2).messageId()).isEqualTo("id");
      assertThat(messages.get(2).headers()).containsEntry("text", "ä").containsEntry("int", "7");
      assertThat(messages.get(3).body()).isEmpty();
      assertThat(messages.get(3).timestampMs()).as("the server's time").isPositive();
    }
  }

  private static MessageBuilder typed(MessageBuilder builder) {
    return builder
        .addData("typed".getBytes(StandardCharsets.UTF_8))
        .properties()
        .messageId(UUID.fromString("00000000-0000-0001-0000-000000000002"))
        .correlationId(-1L)
        .userId(new byte[] {'u'})
        .subject("subject")
        .creationTime(1_790_000_000_123L)
        .messageBuilder()
        .applicationProperties()
        .entry("short", (short) 1)
        .entryUnsigned("unsigned", (byte) -1)
        .entrySymbol("symbol", "s")
        .entry("char", 'c')
        .entry("bytes", new byte[] {1, 2})
        .entryTimestamp("time", 1_790_000_000_000L)
        .messageBuilder()
        .messageAnnotations()
        .entry("annotation", true)
        .messageBuilder();
  }

  private static void assertTyped(RabbitMqMessage message) {
    assertThat(message.messageId()).isEqualTo("00000000-0000-0001-0000-000000000002");
    assertThat(message.correlationId()).isNotNull();
    assertThat(message.timestampMs()).isEqualTo(1_790_000_000_123L);
    assertThat(message.body()).asString(StandardCharsets.UTF_8).isEqualTo("typed");
    assertThat(message.headers())
        .containsEntry("short", "1")
        .containsEntry("unsigned", "255")
        .containsEntry("symbol", "s")
        .containsEntry("char", "c")
        .containsEntry("bytes", "\u0001\u0002")
        .containsEntry("annotation", "true")
        .containsEntry("amqp-user-id", "u")
        .containsEntry("amqp-subject", "subject")
        .containsKey("time");
  }

  private static void publishRaw(String stream, byte[] bytes) throws Exception {
    var server = TestServers.rabbitMq();
    try (var environment =
        RabbitMqConnections.openStreams(
            Queues.config(server, server.port()), "raw", new RawCodec(bytes))) {
      var producer = environment.producerBuilder().stream(stream).build();
      var confirmed = new CountDownLatch(1);
      producer.send(
          producer.messageBuilder().addData(bytes).build(), status -> confirmed.countDown());
      assertThat(confirmed.await(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  /** Writes bytes that are no message. */
  private record RawCodec(byte[] bytes) implements Codec {

    @Override
    public EncodedMessage encode(Message message) {
      return new EncodedMessage(bytes.length, bytes);
    }

    @Override
    public Message decode(byte[] data) {
      throw new IllegalStateException("It only writes.");
    }

    @Override
    public MessageBuilder messageBuilder() {
      return new QpidProtonCodec().messageBuilder();
    }
  }
}
