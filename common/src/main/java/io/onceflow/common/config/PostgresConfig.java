package io.onceflow.common.config;

import java.io.Serializable;
import java.time.Duration;
import java.util.Locale;
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

  /** PostgreSQL's modes that either verify or do not; {@code prefer} and {@code allow} guess. */
  public enum SslMode {
    /** No encryption. */
    DISABLE,
    /** Encryption without knowing to whom. */
    REQUIRE,
    /** The certificate is checked, the host name is not. */
    VERIFY_CA,
    /** The certificate and the host name are checked. */
    VERIFY_FULL;

    /** The name in connection strings, such as {@code verify-full}. */
    public String configName() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    boolean verifiesTheServer() {
      return this == VERIFY_CA || this == VERIFY_FULL;
    }
  }

  /** Checks that all but {@code sslRootCert} are there. */
  public PostgresConfig {
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(database, "database");
    Objects.requireNonNull(user, "user");
    Objects.requireNonNull(password, "password");
    Objects.requireNonNull(sslMode, "sslMode");
    Objects.requireNonNull(connectTimeout, "connectTimeout");
    Objects.requireNonNull(socketTimeout, "socketTimeout");
  }

  /** A server on this host, without encryption, with the default timeouts. */
  public static PostgresConfig loopback(int port, String database, String user, Secret password) {
    return new PostgresConfig(
        "127.0.0.1",
        port,
        database,
        user,
        password,
        SslMode.DISABLE,
        null,
        Duration.ofSeconds(10),
        Duration.ofMinutes(5));
  }

  /** The certificate authority's file, if one is set. */
  public Optional<String> rootCertificate() {
    return Optional.ofNullable(sslRootCert);
  }

  /** Reads the keys of one group, such as {@code postgres}. */
  public static PostgresConfig read(ConfigReader reader) {
    boolean allowInsecure =
        reader
            .bool("allow-insecure", "Allows a remote server that is not verified by TLS.")
            .orElse(false);
    PostgresConfig config =
        new PostgresConfig(
            reader
                .string("host", "Host name or address of the primary.")
                .matching(Hosts::isHost, "a host name or address")
                .required(),
            reader.integer("port", "TCP port.").between(1, 65535).orElse(5432),
            reader
                .string("database", "Database to write to.")
                .matching(PostgresConfig::isName, "letters, digits, _ and - only")
                .required(),
            reader
                .string("user", "Role to write as; it needs no more than the preflight lists.")
                .required(),
            reader.secret("password", "Password of the role."),
            reader
                .oneOf("ssl-mode", SslMode.class, "How far the server is verified.")
                .orElse(SslMode.VERIFY_FULL),
            reader
                .string("ssl-root-cert", "PEM file of the certificate authority.")
                .optional()
                .orElse(null),
            reader
                .duration("connect-timeout", "Longest wait for a connection.")
                .between(Duration.ofSeconds(1), Duration.ofMinutes(5))
                .orElse(Duration.ofSeconds(10)),
            reader
                .duration("socket-timeout", "Longest wait for one answer; a commit must fit.")
                .between(Duration.ofSeconds(1), Duration.ofHours(1))
                .orElse(Duration.ofMinutes(5)));
    if (!config.sslMode.verifiesTheServer() && !Hosts.isLoopback(config.host) && !allowInsecure) {
      reader.reject(
          "ssl-mode",
          "must be verify-full or verify-ca because host is not this machine; with a network you"
              + " trust set allow-insecure: true");
    }
    return config;
  }

  private static boolean isName(String name) {
    return name.matches("[A-Za-z0-9_][A-Za-z0-9_-]{0,62}");
  }
}
