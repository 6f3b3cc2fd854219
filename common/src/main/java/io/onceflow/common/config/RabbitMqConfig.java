package io.onceflow.common.config;

import java.io.Serializable;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * One RabbitMQ server, or a load balancer in front of several.
 *
 * @param host a host name or address
 * @param port the TCP port of AMQP
 * @param streamPort the TCP port of the stream protocol; 0 when streams are not used
 * @param virtualHost the virtual host
 * @param user the user
 * @param password resolved on the task manager when a connection is opened
 * @param sslMode whether connections are encrypted, and how far the server is verified
 * @param sslRootCert the PEM file of the certificate authority, or null for the JVM's
 * @param useAdvertisedHosts whether streams are reached at the hosts that the cluster names,
 *     instead of {@code host} for all of them
 * @param timeout the longest wait for a connection, and for one answer
 */
public record RabbitMqConfig(
    String host,
    int port,
    int streamPort,
    String virtualHost,
    String user,
    Secret password,
    TlsMode sslMode,
    String sslRootCert,
    boolean useAdvertisedHosts,
    Duration timeout)
    implements Serializable {

  private static final long serialVersionUID = 1L;
  private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

  /**
   * @throws IllegalArgumentException when the host is no name and no address
   */
  public RabbitMqConfig {
    Objects.requireNonNull(virtualHost, "virtualHost");
    Objects.requireNonNull(user, "user");
    Objects.requireNonNull(password, "password");
    Objects.requireNonNull(sslMode, "sslMode");
    Objects.requireNonNull(timeout, "timeout");
    Hosts.require(Objects.requireNonNull(host, "host"));
  }

  /** The certificate authority's file, if one is set. */
  public Optional<String> certificates() {
    return Optional.ofNullable(sslRootCert);
  }

  /** A server on this host, without encryption, with the defaults. */
  public static RabbitMqConfig loopback(int port, int streamPort, String user, Secret password) {
    return new RabbitMqConfig(
        "127.0.0.1",
        port,
        streamPort,
        "/",
        user,
        password,
        TlsMode.DISABLE,
        null,
        false,
        DEFAULT_TIMEOUT);
  }

  /** Reads the keys of one group, such as {@code rabbitmq}. */
  public static RabbitMqConfig read(ConfigReader reader) {
    var host =
        reader
            .string("host", "Host name or address of a server or load balancer.")
            .matching(Hosts::isHost, "a host name or address")
            .required();
    var port = reader.integer("port", "TCP port of AMQP.").between(1, 65535).orElse(5672);
    var streamPort =
        reader
            .integer("stream-port", "TCP port of the stream protocol.")
            .between(1, 65535)
            .orElse(5552);
    var virtualHost = reader.string("virtual-host", "Virtual host.").orElse("/");
    var user = reader.string("user", "User; docs/rabbitmq.md lists its rights.").required();
    var password = reader.secret("password", "Password of the user.");
    var sslMode = TlsMode.read(reader, host);
    return new RabbitMqConfig(
        Hosts.isHost(host) ? host : "invalid",
        port,
        streamPort,
        virtualHost,
        user,
        password,
        sslMode,
        TlsMode.readAuthority(reader),
        reader
            .bool(
                "use-advertised-hosts",
                "Reaches streams at the hosts that the cluster names, not all at host.")
            .orElse(false),
        reader
            .duration("timeout", "Longest wait for a connection, and for one answer.")
            .between(Duration.ofSeconds(1), Duration.ofMinutes(10))
            .orElse(DEFAULT_TIMEOUT));
  }
}
