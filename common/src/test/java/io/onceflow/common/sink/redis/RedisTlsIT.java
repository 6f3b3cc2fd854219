package io.onceflow.common.sink.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.RedisConfig;
import io.onceflow.common.config.TestYaml;
import io.onceflow.common.sink.postgres.Epochs;
import io.onceflow.testbed.servers.CertificateAuthority;
import io.onceflow.testbed.servers.RedisServer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Redis over TLS through the keys that users have. */
@Timeout(60)
class RedisTlsIT {

  @TempDir static Path directory;

  private static CertificateAuthority authority;
  private static RedisServer server;

  @BeforeAll
  static void start() {
    authority = CertificateAuthority.create(directory.resolve("ca.pem"));
    server = RedisServer.builder().tls(authority.issue("127.0.0.1")).start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static RedisConfig config(String host, int port, Path rootCert, String mode) {
    return TestYaml.read(
        """
        host: %s
        port: %d
        password-file: %s
        key-prefix: "{tls}:"
        ssl-mode: %s
        ssl-root-cert: %s
        connect-timeout: 2s
        """
            .formatted(host, port, server.passwordFile(), mode, rootCert),
        RedisConfig::read);
  }

  private static RedisKeys keys(RedisConfig config) {
    return new RedisKeys(server, config.keyPrefix(), config);
  }

  @Test
  void aVerifiedServerTakesEpochsOverTls() throws Exception {
    var keys = keys(config("127.0.0.1", server.tlsPort(), authority.file(), "verify-full"));
    var epochs = keys.epochs();
    try (var session = epochs.open()) {
      session.apply(epochs.epoch(1, keys.increments("counter", 20_000)), Epochs.segments());
    }
    assertThat(keys.get("counter")).isEqualTo("20000");
  }

  @Test
  void aServerOfAnotherNameIsRefusedUnlessOnlyItsAuthorityIsAskedFor() throws Exception {
    assertRefused(
        config("localhost", server.tlsPort(), authority.file(), "verify-full"), "localhost");
    keys(config("localhost", server.tlsPort(), authority.file(), "verify-ca"))
        .epochs()
        .open()
        .close();
  }

  @Test
  void aServerOfAnUnknownAuthorityIsRefused() {
    var other = CertificateAuthority.create(directory.resolve("other.pem"));
    for (var mode : List.of("verify-full", "verify-ca")) {
      assertRefused(config("127.0.0.1", server.tlsPort(), other.file(), mode), "certificate");
    }
  }

  @Test
  void anExpiredCertificateIsRefused() {
    try (var expired = RedisServer.builder().tls(authority.issueExpired("127.0.0.1")).start()) {
      assertRefused(
          config("127.0.0.1", expired.tlsPort(), authority.file(), "verify-full"), "certificate");
    }
  }

  @Test
  void aServerWithoutTlsIsNeverGivenThePassword() {
    var config = config("127.0.0.1", server.port(), authority.file(), "verify-full");
    assertThatThrownBy(() -> keys(config).epochs().open())
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("Is 127.0.0.1:" + server.port() + " its TLS port?");
  }

  @Test
  void anAuthorityWhoseFileIsMissingIsRefused() {
    var missing = directory.resolve("missing.pem");
    assertRefused(
        config("127.0.0.1", server.tlsPort(), missing, "verify-full"), missing.toString());
  }

  /** At once and for good. */
  private static void assertRefused(RedisConfig config, String reason) {
    assertThatThrownBy(() -> keys(config).epochs().open())
        .hasMessageContaining(reason)
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.SYSTEM))
        .hasMessageContaining("The server was not verified, so no row was sent to it");
  }
}
