package io.onceflow.producer.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class MessageFormatTest {

  private static final Message MESSAGE =
      new Message(
          "shop",
          7,
          "order-7",
          "customer-ä",
          3,
          1_700_000_000_123L,
          "replies",
          new byte[] {0, -1},
          Map.of("trace", "ü", "type", "order"));

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Headers headers(String... namesAndValues) {
    Headers headers = new RecordHeaders();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      headers.add(namesAndValues[i], bytes(namesAndValues[i + 1]));
    }
    return headers;
  }

  private static Message read(Headers headers) throws MalformedException {
    return MessageFormat.read(bytes("k"), bytes("v"), headers, 55);
  }

  private static void assertMalformed(String code, Headers headers) {
    assertThatThrownBy(() -> read(headers))
        .isInstanceOfSatisfying(
            MalformedException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void aMessageComesBackWholeAndItsPayloadIsTheValue() throws Exception {
    ProducerRecord<byte[], byte[]> record = MessageFormat.record("orders", MESSAGE);
    assertThat(record.topic()).isEqualTo("orders");
    assertThat(record.value()).isSameAs(MESSAGE.payload());
    assertThat(record.key()).isEqualTo(bytes("customer-ä"));
    assertThat(record.timestamp()).isEqualTo(1_700_000_000_123L);
    assertThat(record.headers().lastHeader("onceflow-sequence").value()).isEqualTo(bytes("7"));
    assertThat(MessageFormat.read(record.key(), record.value(), record.headers(), 1))
        .isEqualTo(MESSAGE);
  }

  @Test
  void whatARecordDoesNotSayHasADefault() throws Exception {
    Headers headers = headers("onceflow-producer", "shop", "onceflow-sequence", "9");
    assertThat(MessageFormat.read(null, bytes("v"), headers, 55))
        .isEqualTo(new Message("shop", 9, "shop-9", "", 5, 55, "", bytes("v"), Map.of()));
  }

  @Test
  void theLastHeaderOfANameCounts() throws Exception {
    Headers headers =
        headers(
            "onceflow-producer",
            "x",
            "onceflow-producer",
            "shop",
            "onceflow-sequence",
            "9",
            "a",
            "1",
            "a",
            "2");
    assertThat(read(headers).producer()).isEqualTo("shop");
    assertThat(read(headers).headers()).containsExactly(Map.entry("a", "2"));
  }

  @Test
  void aDeadLetterThatIsSentAgainLeavesItsPastBehind() throws Exception {
    DeadMessage letter =
        new DeadMessage(
            MESSAGE.withHeaders(
                Map.of("onceflow-topic", "orders", "onceflow-offset", "4", "trace", "ü")),
            "drained",
            1,
            2,
            java.util.List.of());
    Headers headers = DeadMessageFormat.record("dead", letter).headers();
    assertThat(read(headers).headers()).containsExactly(Map.entry("trace", "ü"));
  }

  @Test
  void aRecordThatIsNoMessageSaysWhy() {
    assertMalformed("no_envelope", headers());
    assertMalformed("no_envelope", headers("onceflow-producer", "shop"));
    assertMalformed(
        "invalid_envelope", headers("onceflow-producer", "shop", "onceflow-sequence", "0"));
    assertMalformed(
        "invalid_envelope", headers("onceflow-producer", "shop", "onceflow-sequence", "1.5"));
    assertMalformed("invalid_envelope", headers("onceflow-producer", "", "onceflow-sequence", "1"));
    Headers urgent =
        headers(
            "onceflow-producer", "s", "onceflow-sequence", "1", "onceflow-priority", "4294967296");
    assertMalformed("invalid_envelope", urgent);
    Headers binary = headers("onceflow-producer", "s", "onceflow-sequence", "1");
    binary.add("trace", new byte[] {(byte) 0xff});
    assertMalformed("invalid_header", binary);
    assertThatThrownBy(() -> MessageFormat.read(null, null, headers(), 0))
        .isInstanceOfSatisfying(
            MalformedException.class, e -> assertThat(e.code()).isEqualTo("no_value"));
  }

  @Test
  void noHeadersThrowAnythingElse() {
    Random random = new Random(1);
    String[] names = WireHeaders.ENVELOPE.stream().sorted().toArray(String[]::new);
    for (int i = 0; i < 20_000; i++) {
      Headers headers = headers("onceflow-producer", "s", "onceflow-sequence", "1");
      byte[] value = new byte[random.nextInt(4)];
      random.nextBytes(value);
      headers.add(names[random.nextInt(names.length)], random.nextInt(9) == 0 ? null : value);
      try {
        assertThat(read(headers)).isNotNull();
      } catch (MalformedException e) {
        assertThat(e.code()).isIn("no_envelope", "invalid_envelope", "invalid_header");
      }
    }
  }
}
