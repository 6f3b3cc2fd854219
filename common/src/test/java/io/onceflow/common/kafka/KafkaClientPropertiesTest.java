package io.onceflow.common.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.config.KafkaConfig;
import io.onceflow.common.config.KafkaConfig.Mechanism;
import io.onceflow.common.config.KafkaConfig.Sasl;
import io.onceflow.common.config.KafkaConfig.SecurityProtocol;
import io.onceflow.common.config.KafkaSourceConfig;
import io.onceflow.common.config.Secret;
import io.onceflow.common.sink.kafka.KafkaSinkConfig;
import io.onceflow.common.source.DeadLetterTopic;
import io.onceflow.common.source.KafkaRecords;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.configuration.Configuration;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.security.JaasContext;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KafkaClientPropertiesTest {

  private static final String CANARY = "S3CR3T-\"\\-7f0d";

  @TempDir Path dir;

  private KafkaConfig withPassword(Secret password) {
    return new KafkaConfig(
        "broker:9093",
        SecurityProtocol.SASL_SSL,
        new Sasl(Mechanism.SCRAM_SHA_512, "ledger", password),
        "/etc/kafka/ca.pem");
  }

  private Secret fileWithCanary() throws IOException {
    return Secret.fromFile(Files.writeString(dir.resolve("password"), CANARY + "\n").toString());
  }

  private static ConsumerConfig asKafkaReadsIt(Properties properties) {
    properties.put("key.deserializer", ByteArrayDeserializer.class);
    properties.put("value.deserializer", ByteArrayDeserializer.class);
    return new ConsumerConfig(properties);
  }

  @Test
  void kafkaResolvesThePasswordWhereTheClientIsCreated() throws Exception {
    ConsumerConfig config =
        asKafkaReadsIt(KafkaClientProperties.of(withPassword(fileWithCanary())));
    JaasContext context =
        JaasContext.loadClientContext(
            Map.of("sasl.jaas.config", config.getPassword("sasl.jaas.config")));
    assertThat(context.configurationEntries().get(0).getOptions())
        .asString()
        .contains("ledger")
        .contains(CANARY);
    assertThat(config.getString("security.protocol")).isEqualTo("SASL_SSL");
    assertThat(config.getString("sasl.mechanism")).isEqualTo("SCRAM-SHA-512");
    assertThat(config.getString("ssl.truststore.type")).isEqualTo("PEM");
  }

  @Test
  void aVariableIsResolvedToo() {
    ConsumerConfig config =
        asKafkaReadsIt(KafkaClientProperties.of(withPassword(Secret.fromEnv("PATH"))));
    assertThat(config.getPassword("sasl.jaas.config").value()).contains(System.getenv("PATH"));
  }

  @Test
  void noOtherReferenceIsResolved() {
    Properties properties = KafkaClientProperties.of(withPassword(Secret.fromEnv("PATH")));
    properties.setProperty("client.rack", "${secret:env:HOME}");
    assertThatThrownBy(() -> asKafkaReadsIt(properties)).hasMessageContaining("own reference");
    properties.setProperty("client.rack", "${secret:file:/etc/hostname}");
    assertThatThrownBy(() -> asKafkaReadsIt(properties)).hasMessageContaining("own reference");
  }

  private static Configuration checkpoints() {
    return Configuration.fromMap(
        Map.of(
            "execution.checkpointing.interval", "1s",
            "execution.checkpointing.dir", "file:///checkpoints"));
  }

  @Test
  void theSerializedSourceAndSinkDoNotHoldThePassword() throws Exception {
    KafkaConfig kafka = withPassword(fileWithCanary());
    KafkaSinkConfig sink = KafkaSinkConfig.of(kafka, "dead", "ledger-dead");
    for (Object part :
        List.of(
            KafkaRecords.source(KafkaSourceConfig.of(kafka, "transfers", "ledger")),
            DeadLetterTopic.kafkaSink(sink, checkpoints()),
            DeadLetterTopic.kafkaSink(
                sink.with(KafkaSinkConfig.Strategy.KAFKA_SINK), checkpoints()))) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      new ObjectOutputStream(bytes).writeObject(part);
      assertThat(bytes.toString(StandardCharsets.ISO_8859_1))
          .contains(dir.resolve("password").toString())
          .doesNotContain("S3CR3T");
    }
  }

  @Test
  void aPathThatWouldBreakOutOfTheQuotesIsRefused() {
    KafkaConfig config = withPassword(Secret.fromFile("/run/\"; evil required;"));
    assertThatThrownBy(() -> KafkaClientProperties.of(config))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
