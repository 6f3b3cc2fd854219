package io.onceflow.common.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.sink.kafka.KafkaSinkConfig;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionConfigTest {

  private static final String POSTGRES =
      "{database: ledger, user: ledger, password: '${P}', host: %s}";

  private static <C> C read(String yaml, Function<ConfigReader, C> parser) {
    return ConfigReader.read("the test", Settings.parse("job.yaml", yaml, n -> null), parser);
  }

  private static KafkaConfig kafka(String yaml) {
    return read(yaml, KafkaConfig::read);
  }

  @Test
  void postgresVerifiesTheServerByDefault() {
    PostgresConfig config = read(POSTGRES.formatted("db.example.org"), PostgresConfig::read);
    assertThat(config.sslMode()).isEqualTo(SslMode.VERIFY_FULL);
    assertThat(config.sslMode().configName()).isEqualTo("verify-full");
    assertThat(config.port()).isEqualTo(5432);
    assertThat(config.rootCertificate()).isEmpty();
  }

  @Test
  void mariaDbHasTheSameKeysAndADatabaseOfItsOwn() {
    MariaDbConfig config = read(POSTGRES.formatted("db.example.org"), MariaDbConfig::read);
    assertThat(config.server().sslMode()).isEqualTo(SslMode.VERIFY_FULL);
    assertThat(config.server().port()).isEqualTo(3306);
    assertThat(config.onceflowDatabase()).isEqualTo("onceflow");
    String remote = POSTGRES.formatted("db.example.org, ssl-mode: disable");
    assertThatThrownBy(() -> read(remote, MariaDbConfig::read))
        .hasMessageContaining("must be verify-full");
    String upper = POSTGRES.formatted("localhost, onceflow-database: Onceflow");
    assertThatThrownBy(() -> read(upper, MariaDbConfig::read)).hasMessageContaining("lower-case");
  }

  @ParameterizedTest
  @ValueSource(strings = {"disable", "require"})
  void postgresWithoutVerificationNeedsLoopbackOrConsent(String mode) {
    String remote = POSTGRES.formatted("db.example.org, ssl-mode: " + mode);
    assertThatThrownBy(() -> read(remote, PostgresConfig::read))
        .hasMessageContaining("ssl-mode = " + mode + " (job.yaml:1): must be verify-full");
    read(
        remote.replace("db.example.org", "db.example.org, allow-insecure: true"),
        PostgresConfig::read);
    read(remote.replace("db.example.org", "127.0.0.1"), PostgresConfig::read);
  }

  @ParameterizedTest
  @ValueSource(strings = {"'db/?x=1'", "'a b'", "'localhost:5432'", "'-x'"})
  void aPostgresHostCannotSmuggleAnythingIntoAUrl(String host) {
    assertThatThrownBy(() -> read(POSTGRES.formatted(host), PostgresConfig::read))
        .hasMessageContaining("host");
  }

  @Test
  void kafkaInPlaintextNeedsLoopbackOrConsent() {
    assertThatThrownBy(() -> kafka("bootstrap-servers: localhost:9092,broker.example.org:9092"))
        .hasMessageContaining("security-protocol (default): must be ssl or sasl-ssl");
    kafka("{bootstrap-servers: 'broker.example.org:9092', allow-insecure: true}");
    kafka("{bootstrap-servers: 'broker.example.org:9092', security-protocol: SSL}");
    assertThat(kafka("bootstrap-servers: ['[::1]:9092', '127.0.0.1:9093']").bootstrapServers())
        .isEqualTo("[::1]:9092,127.0.0.1:9093");
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "localhost:0", "localhost:99999", ":9092", "a b:1"})
  void aBootstrapServerIsAHostAndAPort(String server) {
    assertThatThrownBy(() -> kafka("bootstrap-servers: '" + server + "'"))
        .hasMessageContaining("each host:port");
  }

  @Test
  void aHostThatOnlyLooksLocalIsNot() {
    assertThat(Hosts.isLoopback("localhost.example.org")).isFalse();
    assertThat(Hosts.isLoopback("127.0.0.1.example.org")).isFalse();
    assertThat(Hosts.isLoopback("127.1.2.3")).isTrue();
  }

  @Test
  void saslNeedsUserAndPasswordAndASaslProtocol() {
    String servers = "bootstrap-servers: localhost:9092\n";
    KafkaConfig config =
        kafka(servers + "security-protocol: sasl-ssl\nsasl: {username: u, password: '${P}'}");
    assertThat(config.user())
        .contains(
            new KafkaConfig.Sasl(KafkaConfig.Mechanism.SCRAM_SHA_512, "u", Secret.fromEnv("P")));
    assertThatThrownBy(() -> kafka(servers + "security-protocol: sasl-ssl"))
        .hasMessageContaining("needs sasl.username and sasl.password");
    assertThatThrownBy(() -> kafka(servers + "sasl: {username: u}"))
        .hasMessageContaining("must be sasl-ssl when sasl.* is set");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sasl.jaas.config",
        "sasl.login.class",
        "sasl.oauthbearer.token.endpoint.url",
        "config.providers",
        "interceptor.classes",
        "isolation.level",
        "transactional.id"
      })
  void clientPropertiesThatRunCodeOrWeakenAGuaranteeAreRefused(String property) {
    String yaml = "topic: t\nproperties: {" + property + ": x}";
    KafkaConfig kafka = KafkaConfig.plaintext("localhost:9092");
    assertThatThrownBy(
            () -> read(yaml + "\ngroup-id: g", reader -> KafkaSourceConfig.read(reader, kafka)))
        .hasMessageContaining("properties." + property + " (job.yaml:2): is not allowed here");
    assertThatThrownBy(() -> read(yaml + "\nid: p", reader -> KafkaSinkConfig.read(reader, kafka)))
        .hasMessageContaining("properties." + property + " (job.yaml:2): is not allowed here");
  }

  @Test
  void aSinkNeedsANameForItsTransactions() {
    KafkaConfig kafka = KafkaConfig.plaintext("localhost:9092");
    assertThatThrownBy(() -> read("topic: t", reader -> KafkaSinkConfig.read(reader, kafka)))
        .hasMessageContaining("id: is required");
    KafkaSinkConfig sink =
        read(
            "topic: t\nid: ledger-results\nproperties: {linger.ms: 5}",
            reader -> KafkaSinkConfig.read(reader, kafka));
    assertThat(sink.transactionTimeout()).hasMinutes(15);
    assertThat(sink.properties()).containsEntry("linger.ms", "5");
  }
}
