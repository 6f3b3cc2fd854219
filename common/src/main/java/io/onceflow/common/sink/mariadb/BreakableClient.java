package io.onceflow.common.sink.mariadb;

import java.sql.SQLException;
import org.mariadb.jdbc.Configuration;
import org.mariadb.jdbc.Connection;
import org.mariadb.jdbc.client.impl.StandardClient;
import org.mariadb.jdbc.client.util.ClosableLock;
import org.mariadb.jdbc.export.SslMode;

/**
 * A connection's protocol that another thread can break. The driver's own {@code abort} first
 * connects anew to send KILL; over a network that is stuck this fails, and the socket that the
 * blocked call reads from stays open.
 */
final class BreakableClient extends StandardClient {

  /** As the driver says when the name is wrong. */
  private static final String UNVERIFIED = "08006";

  private BreakableClient(Configuration configuration, ClosableLock lock) throws SQLException {
    super(configuration, configuration.addresses().get(0), lock, false);
  }

  /** Does what the driver does for one address. */
  static Connection connect(Configuration configuration) throws SQLException {
    var lock = new ClosableLock();
    var client = new BreakableClient(configuration, lock);
    try {
      requireVerified(client, configuration.sslMode());
    } catch (SQLException e) {
      client.destroySocket();
      throw e;
    }
    return new Connection(configuration, lock, client);
  }

  /**
   * Since 3.4 the driver takes a certificate that its authorities do not vouch for, or one that has
   * expired, when the server proves that it knows the user's password. Verified is something else
   * here. The driver keeps the fingerprint of such a certificate, shows it to nobody, and has no
   * option and no plugin (it looks for those beside itself, in the cluster's lib) to refuse it.
   */
  private static void requireVerified(BreakableClient client, SslMode mode) throws SQLException {
    if (mode != SslMode.VERIFY_CA && mode != SslMode.VERIFY_FULL) {
      return;
    }
    Object fingerprint;
    try {
      var field = StandardClient.class.getDeclaredField("certFingerprint");
      field.setAccessible(true);
      fingerprint = field.get(client);
    } catch (ReflectiveOperationException | RuntimeException e) {
      // Without a cause, as the driver's own refusal: a cause would be taken for a network's error.
      throw new SQLException(
          "This version of mariadb-java-client does not tell whether the server's certificate was"
              + " verified; put version 3.5.6 into the cluster's lib.",
          UNVERIFIED);
    }
    if (fingerprint != null) {
      throw new SQLException(
          "The server's certificate has expired, or is not of the certificate authority.",
          UNVERIFIED);
    }
  }

  /** Closes the socket under a connection that was made here. */
  static void breakOff(java.sql.Connection connection) throws SQLException {
    if (connection.unwrap(Connection.class).getClient() instanceof BreakableClient client) {
      client.destroySocket();
    }
  }
}
