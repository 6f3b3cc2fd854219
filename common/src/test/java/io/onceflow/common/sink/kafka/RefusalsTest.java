package io.onceflow.common.sink.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

class RefusalsTest {

  private static final Rejection WHY = new Rejection("RecordTooLargeException", "Too large.");

  private final Refusals refusals = new Refusals();

  @Test
  void aRecordBecomesALetterThenHeadersThenAnError() throws Exception {
    refusals.begin("txn-1");
    refusals.add(Map.of(5L, WHY), Set.of(), "rejects");
    assertThat(refusals.of(5)).isEqualTo(WHY);
    assertThat(refusals.isLetterRefused(5)).isFalse();
    refusals.add(Map.of(5L, WHY), Set.of(5L), "rejects");
    assertThat(refusals.isLetterRefused(5)).isTrue();
    assertThatThrownBy(() -> refusals.add(Map.of(5L, WHY), Set.of(5L), "rejects"))
        .hasMessageContaining("The reject topic rejects takes no rejected record");
    refusals.begin("txn-2");
    assertThat(refusals.of(5)).isNull();
    assertThat(refusals.isLetterRefused(5)).isFalse();
  }

  @Test
  void headersSayWhatIsMissing() {
    var record = new ProducerRecord<>("t", new byte[30], new byte[4_000]);
    var bare = Rejection.headersOf(WHY.letter("rejects", record));
    assertThat(bare.key()).isEmpty();
    assertThat(bare.value()).isEmpty();
    assertThat(new String(bare.headers().lastHeader("onceflow-bytes-cut").value()))
        .isEqualTo("4030");
    assertThat(bare.headers().lastHeader("onceflow-topic").value()).isEqualTo(new byte[] {'t'});
  }
}
