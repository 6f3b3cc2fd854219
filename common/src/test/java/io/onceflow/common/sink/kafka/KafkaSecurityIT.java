package io.onceflow.common.sink.kafka;

import static io.onceflow.common.sink.kafka.KafkaEpochs.committed;
import static io.onceflow.common.sink.kafka.KafkaEpochs.segments;
import static io.onceflow.common.sink.kafka.KafkaEpochs.texts;
import static org.apache.kafka.common.acl.AclOperation.DESCRIBE;
import static org.apache.kafka.common.acl.AclOperation.DESCRIBE_CONFIGS;
import static org.apache.kafka.common.acl.AclOperation.READ;
import static org.apache.kafka.common.acl.AclOperation.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.KafkaConfig;
import io.onceflow.common.config.TestYaml;
import io.onceflow.common.kafka.KafkaClientProperties;
import io.onceflow.testbed.servers.CertificateAuthority;
import io.onceflow.testbed.servers.KafkaBroker;
import io.onceflow.testbed.servers.KafkaClient;
import io.onceflow.testbed.servers.TestServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kafka over SASL_SSL through the keys that users have, on a broker that allows what the manual
 * lists and nothing else.
 */
@Timeout(90)
class KafkaSecurityIT {

  private static final String PASSWORD = "right \\ \" password";

  @TempDir static Path directory;

  private static CertificateAuthority authority;
  private static KafkaBroker broker;
  private static KafkaClient administrator;
  private static Path password;

  @BeforeAll
  static void start() throws Exception {
    authority = CertificateAuthority.create(directory.resolve("ca.pem"));
    password = Files.writeString(directory.resolve("password"), PASSWORD + "\n");
    broker =
        KafkaBroker.builder()
            .tls(authority.issue("127.0.0.1"))
            .setting(
                "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer")
            // The broker's own plaintext listener, which no client uses.
            .setting("super.users", "User:ANONYMOUS")
            .start();
    broker.addUser("job", PASSWORD);
    administrator = KafkaClient.to(broker.internalServers());
    administrator.createMarkerTopic("markers", 1);
    administrator.createTopic("results", 1);
    administrator.createTopic("others", 1);
    allow(
        ResourceType.TOPIC,
        "markers",
        PatternType.LITERAL,
        READ,
        WRITE,
        DESCRIBE,
        DESCRIBE_CONFIGS);
    allow(ResourceType.TOPIC, "results", PatternType.LITERAL, WRITE, DESCRIBE, DESCRIBE_CONFIGS);
  }

  @AfterAll
  static void stop() {
    administrator.close();
    broker.close();
  }

  private static void allow(
      ResourceType type, String name, PatternType pattern, AclOperation... operations)
      throws Exception {
    var bindings =
        Arrays.stream(operations)
            .map(
                operation ->
                    new AclBinding(
                        new ResourcePattern(type, name, pattern),
                        new AccessControlEntry(
                            "User:job", "*", operation, AclPermissionType.ALLOW)))
            .toList();
    administrator.admin().createAcls(bindings).all().get();
  }

  /**
   * A sink with an id of its own, and with the rights on transactional ids that the manual names.
   */
  private static KafkaSinkConfig granted(String id) throws Exception {
    allow(ResourceType.TRANSACTIONAL_ID, "of." + id, PatternType.LITERAL, WRITE);
    return sink(broker.bootstrapServers(), authority.file(), password, "results", id);
  }

  private static KafkaSinkConfig sink(
      String servers, Path truststore, Path passwordFile, String topic, String id) {
    return TestYaml.read(
        """
        kafka:
          bootstrap-servers: %s
          security-protocol: sasl-ssl
          ssl-truststore: %s
          sasl:
            username: job
            password-file: %s
        sink:
          topic: %s
          id: %s
          marker-topic: markers
        """
            .formatted(servers, truststore, passwordFile, topic, id),
        reader ->
            KafkaSinkConfig.read(reader.group("sink"), KafkaConfig.read(reader.group("kafka"))));
  }

  @Test
  void aVerifiedBrokerTakesEpochsOfAUserWithTheDocumentedRights() throws Exception {
    var epochs = new KafkaEpochs(granted("right"));
    try (var session = epochs.open()) {
      session.apply(epochs.epoch(1, epochs.numbers(1, 5)), segments());
    }
    var restored = epochs.restoredAt(1);
    try (var session = restored.open()) {
      session.apply(restored.epoch(2, restored.numbers(6, 9)), segments());
    }
    assertThat(committed(administrator, "results")).isEqualTo(texts(1, 9));
  }

  @Test
  void aTopicThatIsNotGrantedIsRefused() throws Exception {
    allow(ResourceType.TRANSACTIONAL_ID, "of.elsewhere", PatternType.LITERAL, WRITE);
    assertRefused(
        sink(broker.bootstrapServers(), authority.file(), password, "others", "elsewhere"),
        "others");
    assertThat(administrator.readAll("others")).isEmpty();
  }

  @Test
  void aTransactionalIdThatIsNotGrantedIsRefused() throws Exception {
    granted("mine");
    assertRefused(
        sink(broker.bootstrapServers(), authority.file(), password, "results", "mine-2"),
        "Transactional Id authorization failed. Grant the user WRITE");
  }

  @Test
  void aWrongPasswordIsRefusedAndNotRepeated() throws Exception {
    var wrong = Files.writeString(directory.resolve("wrong"), "S3CR3T-wrong");
    assertRefused(
        sink(broker.bootstrapServers(), authority.file(), wrong, "results", "wrong"),
        "Authentication failed");
  }

  @Test
  void aBrokerOfAnotherNameIsRefused() {
    assertRefused(
        sink("localhost:" + broker.port(), authority.file(), password, "results", "name"),
        "localhost");
  }

  @Test
  void aBrokerOfAnUnknownAuthorityIsRefused() {
    var other = CertificateAuthority.create(directory.resolve("other.pem"));
    assertRefused(
        sink(broker.bootstrapServers(), other.file(), password, "results", "unknown"), "PKIX path");
  }

  @Test
  void anExpiredCertificateIsRefused() {
    broker.useCertificate(authority.issueExpired("127.0.0.1"));
    try {
      assertRefused(
          sink(broker.bootstrapServers(), authority.file(), password, "results", "expired"),
          "validity check failed");
    } finally {
      broker.useCertificate(authority.issue("127.0.0.1"));
    }
  }

  /** It looks like a broker that is down: it hangs up, and no certificate ever comes. */
  @Test
  void aBrokerWithoutTlsIsNotTalkedTo() {
    var sink =
        sink(
            TestServers.kafka().bootstrapServers(), authority.file(), password, "results", "plain");
    var properties = KafkaClientProperties.of(sink.kafka());
    properties.put("default.api.timeout.ms", 2_000);
    properties.put("request.timeout.ms", 1_000);
    try (var admin = Admin.create(properties)) {
      assertThatThrownBy(() -> admin.describeCluster().nodes().get())
          .hasCauseInstanceOf(TimeoutException.class);
    }
  }

  @Test
  void anAuthorityWhoseFileIsMissingIsRefused() throws IOException {
    var missing = directory.resolve("missing.pem");
    assertRefused(
        sink(broker.bootstrapServers(), missing, password, "results", "missing"),
        missing.toString());
  }

  /** At once, for good, and without the password. */
  private static void assertRefused(KafkaSinkConfig config, String reason) {
    assertThatThrownBy(() -> new KafkaEpochs(config).open())
        .hasMessageContaining(reason)
        .hasMessageNotContainingAny(PASSWORD, "S3CR3T")
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.SYSTEM));
  }
}
