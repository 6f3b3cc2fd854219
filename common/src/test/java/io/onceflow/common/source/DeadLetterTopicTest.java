package io.onceflow.common.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.Test;

class DeadLetterTopicTest {

  private static Map<String, String> headers(ProducerRecord<byte[], byte[]> record) {
    Map<String, String> headers = new LinkedHashMap<>();
    for (Header header : record.headers()) {
      headers.put(header.key(), new String(header.value(), StandardCharsets.UTF_8));
    }
    return headers;
  }

  @Test
  void theBytesStayAndTheOriginIsInTheHeaders() {
    byte[] key = {0};
    byte[] value = {(byte) 0xff};
    RawRecord raw = new RawRecord("transfers", 2, 41, 1_700_000_000_000L, key, value);
    ProducerRecord<byte[], byte[]> record =
        DeadLetterTopic.record("dead", DeadLetter.of(raw, "invalid_utf8", "Not\nUTF-8."));
    assertThat(record.topic()).isEqualTo("dead");
    assertThat(record.key()).isSameAs(key);
    assertThat(record.value()).isSameAs(value);
    assertThat(record.timestamp()).isNull();
    assertThat(headers(record))
        .containsExactly(
            Map.entry("onceflow-topic", "transfers"),
            Map.entry("onceflow-partition", "2"),
            Map.entry("onceflow-offset", "41"),
            Map.entry("onceflow-timestamp", "1700000000000"),
            Map.entry("onceflow-reason", "invalid_utf8"),
            Map.entry("onceflow-detail", "Not\\nUTF-8."));
  }

  @Test
  void theRecordsOwnHeadersStayAndThoseOfAnEarlierDeathDoNot() {
    RawHeader[] own = {
      new RawHeader("trace", new byte[] {'x'}), new RawHeader("onceflow-reason", new byte[] {'y'})
    };
    RawRecord raw = new RawRecord("transfers", 2, 41, 7, null, null, own);
    ProducerRecord<byte[], byte[]> record =
        DeadLetterTopic.record("dead", DeadLetter.of(raw, "no_value", ""));
    assertThat(headers(record))
        .containsEntry("trace", "x")
        .containsEntry("onceflow-reason", "no_value");
    assertThat(record.headers().headers("onceflow-reason")).hasSize(1);
  }

  @Test
  void aRecordWithoutKeyOrValueIsADeadLetterToo() {
    RawRecord raw = new RawRecord("transfers", 2, 41, -1, null, null);
    ProducerRecord<byte[], byte[]> record =
        DeadLetterTopic.record("dead", DeadLetter.of(raw, "no_value", "x".repeat(9_999)));
    assertThat(record.key()).isNull();
    assertThat(record.value()).isNull();
    assertThat(headers(record).get("onceflow-detail")).hasSize(256);
  }
}
