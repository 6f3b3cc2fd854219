package io.onceflow.common.retry.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.retry.AttemptLimits;
import io.onceflow.common.retry.ParkingQuota;
import io.onceflow.common.retry.PriorityRules;
import io.onceflow.common.retry.RetryControl;
import io.onceflow.common.retry.RetryRules;
import io.onceflow.common.source.DecodeException;
import io.onceflow.common.source.RawRecord;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetryControlDecoderTest {

  private static final RetryRules START =
      RetryRules.DEFAULT.with(
          new AttemptLimits(7, 2, Duration.ofSeconds(3), Duration.ofMinutes(4)));

  private static RetryControl decode(byte[] json) throws DecodeException {
    return new RetryControlDecoder(START).decode(new RawRecord("c", 0, 0, 0, null, json));
  }

  private static RetryControl decode(String json) throws DecodeException {
    return decode(json.getBytes(StandardCharsets.UTF_8));
  }

  /** All fields that the document shows, with the values of the default but for two. */
  @Test
  void theOrdersOfTheDocumentAreOrders() throws Exception {
    String document = Files.readString(Path.of("../docs/selective-retry.md"));
    int begin = document.indexOf("{\"pause\"");
    String orders = document.substring(begin, document.indexOf("```", begin));
    String[] each = orders.split("\n(?=\\{)");
    assertThat(each).hasSize(4);
    assertThat(decode(each[0])).isEqualTo(new RetryControl.Pause("bank"));
    assertThat(decode(each[1])).isEqualTo(new RetryControl.Resume("bank"));
    assertThat(decode(each[2])).isEqualTo(new RetryControl.Drain("bank"));
    assertThat(decode(each[3]))
        .isEqualTo(
            new RetryControl.ChangeRules(
                RetryRules.DEFAULT
                    .with(new AttemptLimits(20, 3, Duration.ofSeconds(30), Duration.ofHours(2)))
                    .with(new PriorityRules(Duration.ofSeconds(10), List.of(10, 0, 5)))));
  }

  @Test
  void anOrderNamesADependency() throws Exception {
    assertThat(decode("{\"pause\": \"bank\"}")).isEqualTo(new RetryControl.Pause("bank"));
    assertThat(decode("{\"resume\": \"bank\"}")).isEqualTo(new RetryControl.Resume("bank"));
    assertThat(decode("{\"drain\": \"bank\"}")).isEqualTo(new RetryControl.Drain("bank"));
  }

  @Test
  void rulesThatAreLeftOutAreThoseOfTheStart() throws Exception {
    assertThat(decode("{\"rules\": {}}")).isEqualTo(new RetryControl.ChangeRules(START));
    assertThat(
            decode(
                """
                {"rules": {
                  "attempts": {"max": 20, "deadline": "2h"},
                  "priorities": {"reserved-percent": [10, 0, 5]},
                  "quota": {"overflow": "reject"}}}
                """))
        .isEqualTo(
            new RetryControl.ChangeRules(
                START
                    .with(new AttemptLimits(20, 2, Duration.ofSeconds(3), Duration.ofHours(2)))
                    .with(new PriorityRules(START.priorities().aging(), List.of(10, 0, 5)))
                    .with(
                        new ParkingQuota(
                            START.quota().messages(),
                            START.quota().bytes(),
                            ParkingQuota.Overflow.REJECT,
                            START.quota().maxBlock()))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "[]",
        "{}",
        "null",
        "{\"pause\": \"\"}",
        "{\"pause\": 1}",
        "{\"pause\": null}",
        "{\"pause\": \"a\", \"resume\": \"a\"}",
        "{\"pause\": \"a\", \"pause\": \"b\"}",
        "{\"pause\": \"a\"} {}",
        "{\"stop\": \"a\"}",
        "{\"rules\": []}",
        "{\"rules\": {\"attempt\": {}}}",
        "{\"rules\": {\"attempts\": {\"max\": 0}}}",
        "{\"rules\": {\"attempts\": {\"max\": \"9\"}}}",
        "{\"rules\": {\"attempts\": {\"max\": 99999999999}}}",
        "{\"rules\": {\"attempts\": {\"deadline\": \"30\"}}}",
        "{\"rules\": {\"attempts\": {\"deadline\": \"soon\"}}}",
        "{\"rules\": {\"attempts\": {\"deadline\": \"9999999999999999 d\"}}}",
        "{\"rules\": {\"budget\": {\"share\": true}}}",
        "{\"rules\": {\"quota\": {\"overflow\": \"drop\"}}}",
        "{\"rules\": {\"priorities\": {\"reserved-percent\": [1.5]}}}"
      })
  void whatIsNoOrderIsADeadLetter(String json) {
    assertThatThrownBy(() -> decode(json))
        .isInstanceOfSatisfying(
            DecodeException.class, e -> assertThat(e.code()).isEqualTo("malformed_control"));
  }

  @Test
  void noBytesThrowAnythingElse() {
    byte[] good =
        "{\"rules\": {\"attempts\": {\"max\": 20, \"deadline\": \"2h\"}}}"
            .getBytes(StandardCharsets.UTF_8);
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      byte[] bad = good.clone();
      bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
      try {
        assertThat(decode(bad)).isNotNull();
      } catch (DecodeException e) {
        assertThat(e.code()).isEqualTo("malformed_control");
      }
    }
  }
}
