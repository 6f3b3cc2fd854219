package io.onceflow.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.config.ConfigReader;
import io.onceflow.common.config.Settings;
import org.junit.jupiter.api.Test;

class RelayConfigTest {

  private static final String WEBHOOK =
      """
      relay:
        routes: [to-webhook]
      kafka:
        bootstrap-servers: localhost:9092
      to-webhook:
        source: {topic: a, group-id: a}
        url: %s
        results: {topic: b, id: b}
        replies: {topic: c, id: c}
        dead-letters: {topic: d, id: d}
        undecodable: {topic: e, id: e}
      """;

  private static final String RABBITMQ =
      """
      relay:
        routes: [%s]
      kafka:
        bootstrap-servers: localhost:9092
      rabbitmq:
        host: localhost
        user: relay
        password-file: /secret
        ssl-mode: disable
      """;

  private static RelayConfig read(String yaml) {
    return ConfigReader.read(
        "test", Settings.parse("test.yaml", yaml, name -> null), RelayConfig::read);
  }

  @Test
  void aRouteThatIsNotRunNeedsNoKeys() {
    var config = read(WEBHOOK.formatted("https://hook.example/in"));
    assertThat(config.toKafka()).isEmpty();
    assertThat(config.toRabbitMq()).isEmpty();
    assertThat(config.toWebhook().orElseThrow().replyTopics()).containsExactly("c");
  }

  @Test
  void aUrlThatIsNotSafeIsRefused() {
    assertThatThrownBy(() -> read(WEBHOOK.formatted("http://hook.example/in")))
        .hasMessageContaining("allow-insecure: true");
    assertThatThrownBy(() -> read(WEBHOOK.formatted("https://me:secret@hook.example/in")))
        .hasMessageContaining("must hold no password");
    assertThatThrownBy(() -> read(WEBHOOK.formatted("ftp://hook.example")))
        .hasMessageContaining("needs https:");
    assertThat(read(WEBHOOK.formatted("http://127.0.0.1:8090/in")).toWebhook()).isPresent();
  }

  @Test
  void aRouteOutOfNothingOrIntoTwoPlacesIsRefused() {
    assertThatThrownBy(
            () -> read(RABBITMQ.formatted("to-kafka") + "to-kafka: {output: {topic: a, id: a}}"))
        .hasMessageContaining("queues");
    assertThatThrownBy(
            () ->
                read(
                    RABBITMQ.formatted("to-rabbitmq")
                        + "to-rabbitmq: {source: {topic: a, group-id: a}, id: a, stream: s, routing-key: q, dead-letters: d}"))
        .hasMessageContaining("and not both");
  }

  @Test
  void aRouteThatDoesNotExistIsRefused() {
    assertThatThrownBy(() -> read(RABBITMQ.formatted("to-nowhere")))
        .hasMessageContaining("to-kafka, to-rabbitmq, to-webhook");
  }
}
