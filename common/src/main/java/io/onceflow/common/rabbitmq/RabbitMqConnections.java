package io.onceflow.common.rabbitmq;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.SocketConfigurators;
import com.rabbitmq.stream.Address;
import com.rabbitmq.stream.BackOffDelayPolicy;
import com.rabbitmq.stream.Codec;
import com.rabbitmq.stream.Environment;
import com.rabbitmq.stream.EnvironmentBuilder;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslContextBuilder;
import io.onceflow.common.config.CertificateAuthorities;
import io.onceflow.common.config.RabbitMqConfig;
import io.onceflow.common.config.TlsMode;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;

/**
 * Opens connections. With TLS the certificate is checked, and the host name unless the mode is
 * VERIFY_CA. Thread-safe.
 */
public final class RabbitMqConnections {

  private static final Duration HEARTBEAT = Duration.ofSeconds(10);

  /** The client's own pause is five seconds, and each piece of a session's start may need one. */
  public static final BackOffDelayPolicy AGAIN =
      BackOffDelayPolicy.fixedWithInitialDelay(Duration.ofMillis(100), Duration.ofSeconds(1));

  private RabbitMqConnections() {}

  /**
   * Opens a connection for queues that never recovers by itself: what belongs to a connection, such
   * as a delivery tag, is never taken for another one's.
   *
   * @param name what the server's list of connections shows
   * @throws IOException when the server cannot be reached, is not verified or refuses the user
   */
  public static Connection open(RabbitMqConfig config, String name) throws IOException {
    return open(config, name, socket -> {});
  }

  /**
   * The same; whoever closes the socket breaks every call under way.
   *
   * @param sockets gets the socket before it is connected
   */
  public static Connection open(RabbitMqConfig config, String name, Consumer<Socket> sockets)
      throws IOException {
    var factory = new ConnectionFactory();
    factory.setHost(config.host());
    factory.setPort(config.port());
    factory.setVirtualHost(config.virtualHost());
    factory.setUsername(config.user());
    factory.setPassword(config.password().reveal());
    factory.setAutomaticRecoveryEnabled(false);
    factory.setTopologyRecoveryEnabled(false);
    factory.setConnectionTimeout(millis(config.timeout()));
    factory.setHandshakeTimeout(millis(config.timeout()));
    factory.setChannelRpcTimeout(millis(config.timeout()));
    factory.setShutdownTimeout(millis(config.timeout()));
    factory.setRequestedHeartbeat((int) HEARTBEAT.toSeconds());
    factory.setSocketConfigurator(
        SocketConfigurators.defaultConfigurator().andThen(sockets::accept));
    try {
      encrypt(factory, config);
      return factory.newConnection(name);
    } catch (TimeoutException | GeneralSecurityException e) {
      throw new IOException(
          "RabbitMQ at %s:%d cannot be reached".formatted(config.host(), config.port()), e);
    }
  }

  private static void encrypt(ConnectionFactory factory, RabbitMqConfig config)
      throws IOException, GeneralSecurityException {
    if (config.sslMode() == TlsMode.DISABLE) {
      return;
    }
    var context = SSLContext.getInstance("TLS");
    var authorities = CertificateAuthorities.trusted(config.sslRootCert());
    context.init(null, authorities.getTrustManagers(), null);
    factory.useSslProtocol(context);
    if (config.sslMode() == TlsMode.VERIFY_FULL) {
      factory.enableHostnameVerification();
    }
  }

  /**
   * Opens an environment for streams; connections are made when they are needed.
   *
   * @param name what the server's list of connections shows
   * @throws IOException when the certificate authorities cannot be read
   */
  public static Environment openStreams(RabbitMqConfig config, String name) throws IOException {
    return build(streams(config, name), config);
  }

  /** As {@link #openStreams(RabbitMqConfig, String)}, with a codec of its own for messages. */
  public static Environment openStreams(RabbitMqConfig config, String name, Codec codec)
      throws IOException {
    return build(streams(config, name).codec(codec), config);
  }

  /**
   * The same on threads of the caller's, which outlive it; whoever closes the channels breaks every
   * call under way.
   *
   * @param channels gets every connection that is made, on the thread that makes it
   * @param recovery when a connection is made again, or never
   */
  public static Environment openStreams(
      RabbitMqConfig config,
      String name,
      EventLoopGroup threads,
      Consumer<Channel> channels,
      BackOffDelayPolicy recovery)
      throws IOException {
    var builder =
        streams(config, name)
            .recoveryBackOffDelayPolicy(recovery)
            .topologyUpdateBackOffDelayPolicy(recovery);
    builder.netty().eventLoopGroup(threads).channelCustomizer(channels);
    return build(builder, config);
  }

  private static EnvironmentBuilder streams(RabbitMqConfig config, String name) {
    return Environment.builder()
        .id(name)
        .host(config.host())
        .port(config.streamPort())
        .virtualHost(config.virtualHost())
        .username(config.user())
        .password(config.password().reveal())
        .rpcTimeout(config.timeout())
        .requestedHeartbeat(HEARTBEAT)
        .recoveryBackOffDelayPolicy(AGAIN)
        .topologyUpdateBackOffDelayPolicy(AGAIN)
        .locatorConnectionCount(1)
        .lazyInitialization(true);
  }

  private static Environment build(EnvironmentBuilder builder, RabbitMqConfig config)
      throws IOException {
    if (!config.useAdvertisedHosts()) {
      var entry = new Address(config.host(), config.streamPort());
      builder.addressResolver(advertised -> entry);
    }
    encrypt(builder, config);
    return builder.build();
  }

  private static void encrypt(EnvironmentBuilder builder, RabbitMqConfig config)
      throws IOException {
    if (config.sslMode() == TlsMode.DISABLE) {
      return;
    }
    try {
      // Without an algorithm the host name is not compared.
      var algorithm = config.sslMode() == TlsMode.VERIFY_FULL ? "HTTPS" : null;
      var context =
          SslContextBuilder.forClient()
              .trustManager(CertificateAuthorities.trusted(config.sslRootCert()))
              .endpointIdentificationAlgorithm(algorithm)
              .build();
      builder.tls().sslContext(context);
    } catch (GeneralSecurityException e) {
      throw new IOException("The certificate authorities cannot be used", e);
    }
  }

  private static int millis(Duration duration) {
    return (int) Math.min(Integer.MAX_VALUE, duration.toMillis());
  }
}
