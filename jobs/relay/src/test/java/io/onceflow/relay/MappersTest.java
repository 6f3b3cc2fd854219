package io.onceflow.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.onceflow.common.sink.rabbitmq.RabbitMqOutput;
import io.onceflow.common.source.RawHeader;
import io.onceflow.common.source.RawRecord;
import io.onceflow.common.source.rabbitmq.RabbitMqMessage;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

class MappersTest {

  private static final byte[] NO_TEXT = {(byte) 0xff, 0, (byte) 0xfe};

  private static RawRecord record(byte[] key, byte[] value, RawHeader... headers) {
    return new RawRecord("events", 3, 42, 1_234_567_890_123L, key, value, headers);
  }

  private static RawHeader header(String name, String value) {
    return new RawHeader(name, value.getBytes(UTF_8));
  }

  /** What a consumer of RabbitMQ gets of what was published. */
  private static RabbitMqMessage read(RabbitMqOutput output, Map<String, String> ofTheSink) {
    Map<String, String> headers = new TreeMap<>(output.headers());
    headers.putAll(ofTheSink);
    return new RabbitMqMessage(
        output.destination(),
        7,
        output.messageId(),
        output.correlationId(),
        null,
        output.replyTo(),
        output.contentType(),
        output.priority(),
        output.timestampMs() / 1_000 * 1_000,
        headers,
        false,
        output.body());
  }

  private static Map<String, String> headers(ProducerRecord<byte[], byte[]> record) {
    Map<String, String> headers = new TreeMap<>();
    record.headers().forEach(h -> headers.put(h.key(), new String(h.value(), UTF_8)));
    return headers;
  }

  private static ProducerRecord<byte[], byte[]> thereAndBack(RawRecord record) {
    var output = new OutboundMapper("stream").outputOf(record);
    var epoch = Map.of("onceflow-epoch", "of.x.1", "onceflow-last", "1");
    return new InboundMapper("events").recordOf(read(output, epoch));
  }

  @Test
  void aRecordComesBackFromRabbitMqAsItWas() {
    var back =
        thereAndBack(
            record(
                "key".getBytes(UTF_8),
                "{\"a\":1}".getBytes(UTF_8),
                header("content-type", "application/json"),
                header("correlation-id", "c-1"),
                header("priority", "4"),
                header("onceflow-producer", "shop"),
                header("message-id", "m-1")));
    assertThat(back.key()).isEqualTo("key".getBytes(UTF_8));
    assertThat(back.value()).isEqualTo("{\"a\":1}".getBytes(UTF_8));
    assertThat(back.timestamp()).isEqualTo(1_234_567_890_123L);
    assertThat(headers(back))
        .isEqualTo(
            Map.of(
                "content-type", "application/json",
                "correlation-id", "c-1",
                "priority", "4",
                "onceflow-producer", "shop",
                "message-id", "m-1"));
  }

  @Test
  void aKeyThatIsNoTextAndATombstoneComeBackToo() {
    var back = thereAndBack(record(NO_TEXT, null));
    assertThat(back.key()).isEqualTo(NO_TEXT);
    assertThat(back.value()).isNull();
    assertThat(thereAndBack(record(null, new byte[0])).value()).isEmpty();
  }

  @Test
  void headersThatAreCalledLikeTheRelaysOwnComeBackAndMeanNothing() {
    var back =
        thereAndBack(
            record(
                null,
                "body".getBytes(UTF_8),
                header("message-id", "m-1"),
                header("kafka-tombstone", "true"),
                header("kafka-key", "k"),
                header("kafka-header-x", "y")));
    assertThat(back.value()).isEqualTo("body".getBytes(UTF_8));
    assertThat(headers(back))
        .containsEntry("kafka-tombstone", "true")
        .containsEntry("kafka-key", "k")
        .containsEntry("kafka-header-x", "y");
  }

  @Test
  void aForeignTombstoneHeaderDoesNotThrowABodyAway() {
    var message =
        new RabbitMqMessage(
            "orders",
            -1,
            "m",
            null,
            null,
            null,
            null,
            -1,
            -1,
            Map.of("kafka-tombstone", "true"),
            false,
            NO_TEXT);
    assertThat(new InboundMapper("topic").recordOf(message).value()).isEqualTo(NO_TEXT);
  }

  @Test
  void aRecordWithoutAnIdHasTheSameOneWheneverItIsRead() {
    var mapper = new OutboundMapper("stream");
    assertThat(mapper.outputOf(record(null, NO_TEXT)).messageId()).isEqualTo("events/3/42");
  }

  @Test
  void aPriorityThatIsNoneStaysAHeader() {
    var output =
        new OutboundMapper("stream").outputOf(record(null, NO_TEXT, header("priority", "high")));
    assertThat(output.priority()).isEqualTo(-1);
    assertThat(output.headers()).containsEntry("priority", "high");
  }

  @Test
  void aMessageOfSomebodyElsesHasItsIdForAKeyAndItsPropertiesForHeaders() {
    var message =
        new RabbitMqMessage(
            "orders",
            -1,
            "m-2",
            "c-2",
            "shop",
            "answers",
            "text/plain",
            9,
            5_000,
            Map.of("tenant", "a", "timestamp_in_ms", "yesterday", "kafka-key-base64", "%%"),
            true,
            NO_TEXT);
    var record = new InboundMapper("topic").recordOf(message);
    assertThat(record.key()).isEqualTo("m-2".getBytes(UTF_8));
    assertThat(record.value()).isEqualTo(NO_TEXT);
    assertThat(record.timestamp()).isEqualTo(5_000);
    assertThat(headers(record))
        .containsEntry("message-id", "m-2")
        .containsEntry("correlation-id", "c-2")
        .containsEntry("app-id", "shop")
        .containsEntry("reply-to", "answers")
        .containsEntry("content-type", "text/plain")
        .containsEntry("priority", "9")
        .containsEntry("tenant", "a");
  }

  @Test
  void aMessageWithNothingIsARecordWithNothing() {
    var message =
        new RabbitMqMessage(
            "orders", -1, null, null, null, null, null, -1, -1, Map.of(), false, new byte[0]);
    var record = new InboundMapper("topic").recordOf(message);
    assertThat(record.key()).isNull();
    assertThat(record.timestamp()).isNull();
    assertThat(record.value()).isEmpty();
    assertThat(headers(record)).isEmpty();
  }
}
