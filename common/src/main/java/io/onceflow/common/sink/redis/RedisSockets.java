package io.onceflow.common.sink.redis;

import io.onceflow.common.config.CertificateAuthorities;
import io.onceflow.common.config.RedisConfig;
import io.onceflow.common.config.TlsMode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import redis.clients.jedis.JedisSocketFactory;
import redis.clients.jedis.exceptions.JedisConnectionException;

/**
 * Makes the socket of one connection, and breaks it from any thread, at whatever step it is. With
 * TLS the certificate is checked, and the host name unless the mode is VERIFY_CA.
 */
final class RedisSockets implements JedisSocketFactory {

  private final RedisConfig.Server server;
  private volatile Socket socket;
  private volatile boolean aborted;

  RedisSockets(RedisConfig.Server server) {
    this.server = server;
  }

  @Override
  public Socket createSocket() throws JedisConnectionException {
    try {
      var plain = new Socket();
      socket = plain;
      if (aborted) {
        throw new IOException("The session was aborted.");
      }
      plain.setTcpNoDelay(true);
      plain.setKeepAlive(true);
      plain.connect(
          new InetSocketAddress(server.host(), server.port()), millis(server.connectTimeout()));
      plain.setSoTimeout(millis(server.socketTimeout()));
      return server.sslMode() == TlsMode.DISABLE ? plain : encrypted(plain);
    } catch (IOException | GeneralSecurityException e) {
      abandon();
      throw new JedisConnectionException(
          "%s:%d cannot be reached".formatted(server.host(), server.port()), e);
    }
  }

  private Socket encrypted(Socket plain) throws IOException, GeneralSecurityException {
    var context = SSLContext.getInstance("TLS");
    var authorities = CertificateAuthorities.trusted(server.sslRootCert());
    context.init(null, authorities.getTrustManagers(), null);
    var tls =
        (SSLSocket)
            context.getSocketFactory().createSocket(plain, server.host(), server.port(), true);
    if (server.sslMode() == TlsMode.VERIFY_FULL) {
      var parameters = tls.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      tls.setSSLParameters(parameters);
    }
    plain.setSoTimeout(millis(server.connectTimeout()));
    try {
      tls.startHandshake();
    } catch (SocketTimeoutException e) {
      // A server that speaks no TLS waits for the rest of what it takes for a command.
      throw new IOException(
          "The server did not answer to TLS. Is %s:%d its TLS port?"
              .formatted(server.host(), server.port()));
    }
    plain.setSoTimeout(millis(server.socketTimeout()));
    return tls;
  }

  private static int millis(Duration duration) {
    return (int) Math.min(Integer.MAX_VALUE, duration.toMillis());
  }

  /** Closes the socket at once: a call that is blocked on it ends, and nothing is flushed. */
  void abandon() {
    var current = socket;
    if (current != null) {
      try {
        current.close();
      } catch (IOException alreadyBroken) {
        socket = null;
      }
    }
  }

  /** {@link #abandon}, for good. */
  void abort() {
    aborted = true;
    abandon();
  }
}
