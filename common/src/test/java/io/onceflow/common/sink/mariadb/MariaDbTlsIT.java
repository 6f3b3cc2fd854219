package io.onceflow.common.sink.mariadb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.MariaDbConfig;
import io.onceflow.common.config.TestYaml;
import io.onceflow.common.sink.postgres.Epochs;
import io.onceflow.testbed.servers.CertificateAuthority;
import io.onceflow.testbed.servers.MariaDbServer;
import io.onceflow.testbed.servers.TestServers;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** MariaDB over TLS through the keys that users have. */
@Timeout(60)
class MariaDbTlsIT {

  @TempDir static Path directory;

  private static CertificateAuthority authority;
  private static MariaDbServer server;
  private static MariaDbTables database;

  @BeforeAll
  static void start() {
    authority = CertificateAuthority.create(directory.resolve("ca.pem"));
    server = MariaDbServer.builder().tls(authority.issue("127.0.0.1")).start();
    database = MariaDbTables.on(server, MariaDbTables.PAYMENTS);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static MariaDbConfig config(MariaDbServer to, String host, Path rootCert, String mode) {
    return TestYaml.read(
        """
        host: %s
        port: %d
        database: %s
        onceflow-database: %s
        user: %s
        password-file: %s
        ssl-mode: %s
        ssl-root-cert: %s
        """
            .formatted(
                host,
                to.port(),
                database.database().name(),
                database.onceflow(),
                to.jobUser(),
                to.passwordFile(),
                mode,
                rootCert),
        MariaDbConfig::read);
  }

  private static Epochs<Object> epochs(MariaDbConfig config) {
    return new Epochs<>(MariaDbTables.store(config));
  }

  @Test
  void aVerifiedServerTakesEpochsOverTls() throws Exception {
    server.sqlAsSuperuser("ALTER USER onceflow_job@'127.0.0.1' REQUIRE SSL");
    try {
      var epochs = epochs(config(server, "127.0.0.1", authority.file(), "verify-full"));
      try (var session = epochs.open()) {
        session.apply(epochs.epoch(1, MariaDbTables.payments(1, 10)), Epochs.segments());
      }
      assertThat(database.number("SELECT count(*) FROM payments")).isEqualTo(10);
    } finally {
      server.sqlAsSuperuser("ALTER USER onceflow_job@'127.0.0.1' REQUIRE NONE");
    }
  }

  @Test
  void aServerOfAnotherNameIsRefused() {
    assertRefused(config(server, "localhost", authority.file(), "verify-full"), "localhost");
  }

  @Test
  void aServerOfAnUnknownAuthorityIsRefused() {
    var other = CertificateAuthority.create(directory.resolve("other.pem"));
    for (var mode : List.of("verify-full", "verify-ca")) {
      assertRefused(
          config(server, "127.0.0.1", other.file(), mode), "not of the certificate authority");
    }
  }

  @Test
  void anExpiredCertificateIsRefused() {
    server.useCertificate(authority.issueExpired("127.0.0.1"));
    try {
      assertRefused(config(server, "127.0.0.1", authority.file(), "verify-full"), "has expired");
    } finally {
      server.useCertificate(authority.issue("127.0.0.1"));
    }
  }

  @Test
  void aServerWithoutTlsIsRefused() {
    assertRefused(
        config(TestServers.mariaDb(), "127.0.0.1", authority.file(), "verify-full"),
        "ssl not enabled in the server");
  }

  @Test
  void anAuthorityWhoseFileIsMissingIsRefused() {
    var missing = directory.resolve("missing.pem");
    assertRefused(config(server, "127.0.0.1", missing, "verify-full"), missing.toString());
  }

  /** At once and for good. */
  private static void assertRefused(MariaDbConfig config, String reason) {
    assertThatThrownBy(() -> epochs(config).open())
        .hasMessageContaining(reason)
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.SYSTEM))
        .hasMessageContaining("The server was not verified, so no row was sent to it");
  }
}
