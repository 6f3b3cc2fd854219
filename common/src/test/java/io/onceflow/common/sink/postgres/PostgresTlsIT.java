package io.onceflow.common.sink.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.config.PostgresConfig;
import io.onceflow.common.config.TestYaml;
import io.onceflow.testbed.servers.CertificateAuthority;
import io.onceflow.testbed.servers.PostgresDatabase;
import io.onceflow.testbed.servers.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** PostgreSQL over TLS through the keys that users have. */
@Timeout(60)
class PostgresTlsIT {

  @TempDir static Path directory;

  private static CertificateAuthority authority;
  private static PostgresServer server;
  private static OnceflowDatabase database;

  @BeforeAll
  static void start() {
    authority = CertificateAuthority.create(directory.resolve("ca.pem"));
    server =
        PostgresServer.builder()
            .tls(authority.issue("127.0.0.1"))
            .setting("log_connections", "on")
            .start();
    server.createDatabase("tls");
    database = OnceflowDatabase.on(new PostgresDatabase(server, "tls"), PaymentTables.DDL);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static PostgresConfig config(PostgresServer to, String host, Path rootCert, String mode) {
    return TestYaml.read(
        """
        host: %s
        port: %d
        database: %s
        user: %s
        password-file: %s
        ssl-mode: %s
        ssl-root-cert: %s
        """
            .formatted(host, to.port(), "tls", to.jobUser(), to.passwordFile(), mode, rootCert),
        PostgresConfig::read);
  }

  private static Epochs<Object> epochs(PostgresConfig config) {
    return new Epochs<>(PaymentTables.store(config));
  }

  @Test
  void aVerifiedServerTakesEpochsOverTls() throws Exception {
    var epochs = epochs(config(server, "127.0.0.1", authority.file(), "verify-full"));
    try (var session = epochs.open()) {
      session.apply(epochs.epoch(1, PaymentTables.payments(1, 10)), Epochs.segments());
      assertThat(
              database.superuserColumn(
                  "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'onceflow_job'"))
          .containsExactly("t");
    }
    assertThat(database.number("SELECT count(*) FROM payments")).isEqualTo(10);
  }

  @Test
  void aServerOfAnotherNameIsRefused() {
    assertRefused(config(server, "localhost", authority.file(), "verify-full"), "localhost");
  }

  @Test
  void theNameIsWhatVerifyCaDoesNotLookAt() throws Exception {
    epochs(config(server, "localhost", authority.file(), "verify-ca")).open().close();
  }

  @Test
  void aServerOfAnUnknownAuthorityIsRefused() {
    var other = CertificateAuthority.create(directory.resolve("other.pem"));
    for (var mode : List.of("verify-full", "verify-ca")) {
      assertRefused(config(server, "127.0.0.1", other.file(), mode), "PKIX path");
    }
  }

  @Test
  void anExpiredCertificateIsRefused() {
    server.useCertificate(authority.issueExpired("127.0.0.1"));
    try {
      assertRefused(
          config(server, "127.0.0.1", authority.file(), "verify-full"), "validity check failed");
    } finally {
      server.useCertificate(authority.issue("127.0.0.1"));
    }
  }

  @Test
  void aServerWithoutTlsIsRefused() {
    try (var plain = PostgresServer.start()) {
      assertRefused(
          config(plain, "127.0.0.1", authority.file(), "verify-full"), "does not support SSL");
    }
  }

  @Test
  void anAuthorityWhoseFileIsMissingIsRefused() {
    var missing = directory.resolve("missing.pem");
    assertRefused(config(server, "127.0.0.1", missing, "verify-full"), missing.toString());
  }

  /** At once, for good, and before the server has learnt who was asking. */
  private static void assertRefused(PostgresConfig config, String reason) {
    var before = authorizations();
    assertThatThrownBy(() -> epochs(config).open())
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.errorClass()).isEqualTo(ErrorClass.SYSTEM))
        .hasMessageContaining(reason)
        .hasMessageContaining("The server was not verified, so no row was sent to it");
    assertThat(authorizations()).isEqualTo(before);
  }

  private static long authorizations() {
    try (var lines = Files.lines(server.log())) {
      return lines.filter(line -> line.contains("user=" + server.jobUser())).count();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
