package io.onceflow.common.config;

import java.io.Serializable;
import java.time.Duration;
import java.util.Objects;

/**
 * How to reach one database of an SQL server. It knows no driver and holds no password, only where
 * the password is.
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
public record DatabaseConfig(
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
   * Checks that all but {@code sslRootCert} are there, and that host and database are names: the
   * driver takes them in a URL, where anything else could add properties.
   *
   * @throws IllegalArgumentException when host or database is something else
   */
  public DatabaseConfig {
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(database, "database");
    Objects.requireNonNull(user, "user");
    Objects.requireNonNull(password, "password");
    Objects.requireNonNull(sslMode, "sslMode");
    Objects.requireNonNull(connectTimeout, "connectTimeout");
    Objects.requireNonNull(socketTimeout, "socketTimeout");
    requireNames(host, database);
  }

  static void requireNames(String host, String database) {
    Hosts.require(host);
    if (!isName(database)) {
      throw new IllegalArgumentException(
          "Database '%s' must consist of letters, digits, _ and -."
              .formatted(OneLine.of(database)));
    }
  }

  /** A server on this host, without encryption, with the default timeouts. */
  static DatabaseConfig loopback(int port, String database, String user, Secret password) {
    return new DatabaseConfig(
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

  /** Reads the keys of one group. */
  static DatabaseConfig read(ConfigReader reader, int defaultPort) {
    boolean allowInsecure =
        reader
            .bool("allow-insecure", "Allows a remote server that is not verified by TLS.")
            .orElse(false);
    DatabaseConfig config =
        new DatabaseConfig(
            reader
                .string("host", "Host name or address of the primary.")
                .matching(Hosts::isHost, "a host name or address")
                .required(),
            reader.integer("port", "TCP port.").between(1, 65535).orElse(defaultPort),
            reader
                .string("database", "Database to write to.")
                .matching(DatabaseConfig::isName, "letters, digits, _ and - only")
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
    config.refuseUnverified(reader, allowInsecure);
    return config;
  }

  private void refuseUnverified(ConfigReader reader, boolean allowInsecure) {
    if (!sslMode.verifiesTheServer() && !Hosts.isLoopback(host) && !allowInsecure) {
      reader.reject(
          "ssl-mode",
          "must be verify-full or verify-ca because host is not this machine; with a network you"
              + " trust set allow-insecure: true");
    }
  }

  static boolean isName(String name) {
    return name.matches("[A-Za-z0-9_][A-Za-z0-9_-]{0,62}");
  }
}
