package io.onceflow.common.config;

import java.io.Serializable;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * How to reach one PostgreSQL database. It knows no driver and holds no password, only where the
 * password is.
 *
 * @param host a host name or address; the primary, because commits are decided there
 * @param port a TCP port
 * @param database the database
 * @param user the role that writes
 * @param password resolved on the task manager when a connection is opened
 * @param sslMode how far the server is verified
 * @param sslRootCert the PEM file of the certificate authority, or null for the driver's default
 * @param connectTimeout the longest wait for a connection
 * @param socketTimeout the longest wait for one answer; longer than the longest commit
 */
public record PostgresConfig(
    String host,
    int port,
    String database,
    String user,
    Secret password,
    SslMode sslMode,
    String sslRootCert,
    Duration connectTimeout,
    Duration socketTimeout)
    implements Serializable {

  private static final long serialVersionUID = 1L;

  /**
   * Checks that all but {@code sslRootCert} are there, and that host and database are names.
   *
   * @throws IllegalArgumentException when host or database is something else
   */
  public PostgresConfig {
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(database, "database");
    Objects.requireNonNull(user, "user");
    Objects.requireNonNull(password, "password");
    Objects.requireNonNull(sslMode, "sslMode");
    Objects.requireNonNull(connectTimeout, "connectTimeout");
    Objects.requireNonNull(socketTimeout, "socketTimeout");
    DatabaseConfig.requireNames(host, database);
  }

  private static PostgresConfig of(DatabaseConfig server) {
    return new PostgresConfig(
        server.host(),
        server.port(),
        server.database(),
        server.user(),
        server.password(),
        server.sslMode(),
        server.sslRootCert(),
        server.connectTimeout(),
        server.socketTimeout());
  }

  /** A server on this host, without encryption, with the default timeouts. */
  public static PostgresConfig loopback(int port, String database, String user, Secret password) {
    return of(DatabaseConfig.loopback(port, database, user, password));
  }

  /** The certificate authority's file, if one is set. */
  public Optional<String> rootCertificate() {
    return Optional.ofNullable(sslRootCert);
  }

  /** Reads the keys of one group, such as {@code postgres}. */
  public static PostgresConfig read(ConfigReader reader) {
    return of(DatabaseConfig.read(reader, 5432));
  }
}
