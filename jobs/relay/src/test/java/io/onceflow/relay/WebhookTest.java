package io.onceflow.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.retry.AttemptVerdict;
import io.onceflow.common.source.DecodeException;
import io.onceflow.common.source.RawHeader;
import io.onceflow.common.source.RawRecord;
import java.net.ConnectException;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookTest {

  private final WebhookClassifier classifier = new WebhookClassifier("hook.example");
  private final WebhookDecoder decoder = new WebhookDecoder(Set.of("replies"));

  @ParameterizedTest
  @ValueSource(ints = {408, 425, 429, 500, 503, 599})
  void whatMayPassIsTriedAgain(int status) {
    assertThat(classifier.ofCode("http-" + status))
        .isEqualTo(new AttemptVerdict.Transient("hook.example"));
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 400, 401, 404, 409, 410, 422})
  void aRefusalIsFinal(int status) {
    assertThat(classifier.ofCode("http-" + status))
        .isEqualTo(new AttemptVerdict.Permanent("http-" + status));
  }

  @Test
  void twoHundredsAreSuccessAndErrorsOfTheNetworkPass() {
    assertThat(classifier.ofCode("http-204")).isEqualTo(new AttemptVerdict.Success());
    assertThat(classifier.ofError(new ConnectException("refused")))
        .isEqualTo(new AttemptVerdict.Transient("hook.example"));
    assertThat(classifier.ofError(new IllegalStateException()))
        .isEqualTo(new AttemptVerdict.Unknown());
  }

  private static RawRecord record(RawHeader... headers) {
    return new RawRecord("events", 3, 42, 1_000, "k".getBytes(UTF_8), "v".getBytes(UTF_8), headers);
  }

  private static RawHeader header(String name, String value) {
    return new RawHeader(name, value.getBytes(UTF_8));
  }

  @Test
  void aPlainRecordHasItsPlaceForProducerNumberAndId() throws Exception {
    var message = decoder.decode(record(header("tenant", "a")));
    assertThat(message.producer()).isEqualTo("events/3");
    assertThat(message.sequence()).isEqualTo(43);
    assertThat(message.id()).isEqualTo("events/3/42");
    assertThat(message.key()).isEqualTo("k");
    assertThat(message.replyTo()).isEmpty();
    assertThat(message.headers()).containsEntry("tenant", "a");
    assertThat(decoder.decode(record(header("message-id", "m-1"))).id()).isEqualTo("m-1");
  }

  @Test
  void aRecordOfAnOutboxKeepsItsEnvelope() throws Exception {
    var message =
        decoder.decode(
            record(
                header("onceflow-producer", "shop"),
                header("onceflow-sequence", "7"),
                header("onceflow-reply-to", "replies")));
    assertThat(message.producer()).isEqualTo("shop");
    assertThat(message.sequence()).isEqualTo(7);
    assertThat(message.replyTo()).isEqualTo("replies");
  }

  @Test
  void whatHttpHasNoPlaceForDoesNotStopAMessage() {
    assertThat(WebhookHandler.key("orders/3/42")).isEqualTo("orders/3/42");
    assertThat(WebhookHandler.key("a%20b")).isNotEqualTo(WebhookHandler.key("a b"));
    assertThat(WebhookHandler.key("caf\u00e9\r\nX: 1")).isEqualTo("caf%C3%A9%0D%0AX%3A%201");
    assertThat(WebhookHandler.type("text/plain; charset=utf-8"))
        .isEqualTo("text/plain; charset=utf-8");
    assertThat(WebhookHandler.type("text/plain\r\nX: 1")).isEqualTo("application/octet-stream");
    assertThat(WebhookHandler.type(null)).isEqualTo("application/octet-stream");
  }

  @Test
  void repliesGoWhereTheJobAllowsThem() {
    assertThatThrownBy(
            () ->
                decoder.decode(
                    record(
                        header("onceflow-producer", "shop"),
                        header("onceflow-sequence", "7"),
                        header("onceflow-reply-to", "payments"))))
        .isInstanceOf(DecodeException.class)
        .hasMessageContaining("payments");
  }

  @Test
  void aRecordThatIsTooMuchIsADeadLetter() {
    assertThatThrownBy(() -> decoder.decode(record(header("long", "x".repeat(10_000)))))
        .isInstanceOf(DecodeException.class);
  }
}
