package io.onceflow.common.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.sink.kafka.KafkaSinkConfig;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Properties of clients and drivers that load classes, read files, reach other hosts or weaken a
 * guarantee. None is taken: clients' properties come from a short list, drivers' from nowhere.
 */
class ForbiddenPropertiesTest {

  private static final KafkaConfig KAFKA = KafkaConfig.plaintext("localhost:9092");
  private static final String DATABASE =
      "host: localhost\ndatabase: d\nuser: u\npassword: '${P}'\n";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sasl.jaas.config",
        "sasl.login.class",
        "sasl.login.callback.handler.class",
        "sasl.client.callback.handler.class",
        "sasl.oauthbearer.token.endpoint.url",
        "sasl.oauthbearer.jwks.endpoint.url",
        "sasl.oauthbearer.jwt.retriever.class",
        "sasl.oauthbearer.assertion.file",
        "sasl.oauthbearer.assertion.private.key.file",
        "sasl.kerberos.kinit.cmd",
        "sasl.mechanism",
        "security.protocol",
        "security.providers",
        "ssl.engine.factory.class",
        "ssl.endpoint.identification.algorithm",
        "ssl.truststore.location",
        "ssl.truststore.certificates",
        "ssl.truststore.password",
        "ssl.keystore.location",
        "ssl.keystore.key",
        "ssl.key.password",
        "ssl.protocol",
        "ssl.provider",
        "ssl.cipher.suites",
        "ssl.enabled.protocols",
        "ssl.trustmanager.algorithm",
        "ssl.secure.random.implementation",
        "config.providers",
        "config.providers.file.class",
        "interceptor.classes",
        "metric.reporters",
        "key.deserializer",
        "value.deserializer",
        "key.serializer",
        "value.serializer",
        "partitioner.class",
        "partition.assignment.strategy",
        "group.protocol",
        "bootstrap.servers",
        "client.dns.lookup",
        "socket.connection.setup.timeout.ms",
        "isolation.level",
        "enable.auto.commit",
        "auto.offset.reset",
        "group.id",
        "group.instance.id",
        "transactional.id",
        "enable.idempotence",
        "acks",
        "max.in.flight.requests.per.connection",
        "retries",
        "transaction.timeout.ms",
        "transaction.two.phase.commit.enable"
      })
  void aKafkaPropertyThatIsNotOnTheListIsRefusedBeforeAnyClientExists(String property) {
    var yaml = "topic: t\nproperties: {" + property + ": x}";
    assertThatThrownBy(
            () ->
                TestYaml.read(
                    yaml + "\ngroup-id: g", reader -> KafkaSourceConfig.read(reader, KAFKA)))
        .hasMessageContaining("properties." + property + " (job.yaml:2): is not allowed here");
    assertThatThrownBy(
            () -> TestYaml.read(yaml + "\nid: p", reader -> KafkaSinkConfig.read(reader, KAFKA)))
        .hasMessageContaining("properties." + property + " (job.yaml:2): is not allowed here");
    assertThatThrownBy(
            () ->
                TestYaml.read(
                    "bootstrap-servers: localhost:1\nproperties: {" + property + ": x}",
                    KafkaConfig::read))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("properties");
  }

  /** Of all that the clients of this version know, so that a new one is not overlooked. */
  @Test
  void noTunablePropertyIsAClassAFileAPasswordOrAnAddress() {
    var tunable = new HashSet<>(KafkaSinkConfig.TUNABLE);
    tunable.addAll(KafkaSourceConfig.TUNABLE);
    for (var definition :
        List.of(
            ConsumerConfig.configDef(),
            ProducerConfig.configDef(),
            AdminClientConfig.configDef())) {
      for (var key : definition.configKeys().values()) {
        if (tunable.contains(key.name)) {
          assertThat(key.type)
              .as(key.name)
              .isIn(ConfigDef.Type.INT, ConfigDef.Type.LONG, ConfigDef.Type.STRING);
          assertThat(key.name.toLowerCase(Locale.ROOT))
              .doesNotContain(
                  "class", "url", "file", "location", "ssl", "sasl", "password", "servers");
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "url",
        "jdbc-url",
        "jdbcUrl",
        "socketFactory",
        "socketFactoryArg",
        "sslfactory",
        "sslfactoryarg",
        "sslhostnameverifier",
        "sslpasswordcallback",
        "sslmode",
        "sslrootcert",
        "sslcert",
        "sslkey",
        "sslpassword",
        "authenticationPluginClassName",
        "loggerFile",
        "loggerLevel",
        "service",
        "options",
        "autosave",
        "gssEncMode",
        "jaasApplicationName",
        "kerberosServerName",
        "localSocketAddress",
        "xmlFactoryFactory",
        "autoDeserialize",
        "queryInterceptors",
        "exceptionInterceptors",
        "statementInterceptors",
        "allowLoadLocalInfile",
        "allowLoadLocalInfileInPath",
        "allowUrlInLocalInfile",
        "allowLocalInfile",
        "allowMultiQueries",
        "propertiesTransform",
        "credentialType",
        "serverRsaPublicKeyFile",
        "allowPublicKeyRetrieval",
        "trustServerCertificate",
        "disableSslHostnameVerification",
        "serverSslCert",
        "keyStore",
        "trustStore",
        "tlsSocketType",
        "permitRedirect",
        "restrictedAuth",
        "initSql",
        "sessionVariables",
        "useSsl",
        "pool"
      })
  void aDriversPropertyIsNoKeyAndGetsNotIntoTheUrl(String property) {
    for (var key : List.of(property, "properties." + property)) {
      var yaml = DATABASE + key + ": x";
      assertThatThrownBy(() -> TestYaml.read(yaml, PostgresConfig::read))
          .hasMessageContaining(key + " (job.yaml:5): unknown key");
      assertThatThrownBy(() -> TestYaml.read(yaml, MariaDbConfig::read))
          .hasMessageContaining(key + " (job.yaml:5): unknown key");
    }
    for (var place : List.of("host: localhost", "database: d")) {
      for (var separator : List.of("?", "&", "/x?", ";")) {
        var yaml = DATABASE.replace(place, place + separator + property + "=x");
        assertThatThrownBy(() -> TestYaml.read(yaml, PostgresConfig::read))
            .isInstanceOf(ConfigException.class);
        assertThatThrownBy(() -> TestYaml.read(yaml, MariaDbConfig::read))
            .isInstanceOf(ConfigException.class);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://localhost/d",
        "localhost:5432",
        "localhost,evil",
        "//evil",
        "user:pw@host",
        "host#x",
        "[::1",
        "a..b/",
        "address=(host=evil)"
      })
  void aUrlOrAListIsNoHost(String host) {
    var yaml = DATABASE.replace("host: localhost", "host: '" + host + "'");
    assertThatThrownBy(() -> TestYaml.read(yaml, PostgresConfig::read))
        .hasMessageContaining("host");
    assertThatThrownBy(() -> TestYaml.read(yaml, MariaDbConfig::read)).hasMessageContaining("host");
    assertThatThrownBy(() -> PostgresConfig.loopback(5432, "d?" + host, "u", Secret.fromEnv("P")))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
