package io.onceflow.common.sink.mariadb;

import java.sql.SQLException;
import org.mariadb.jdbc.Configuration;
import org.mariadb.jdbc.Connection;
import org.mariadb.jdbc.client.impl.StandardClient;
import org.mariadb.jdbc.client.util.ClosableLock;

/**
 * A connection's protocol that another thread can break. The driver's own {@code abort} first
 * connects anew to send KILL; over a network that is stuck this fails, and the socket that the
 * blocked call reads from stays open.
 */
final class BreakableClient extends StandardClient {

  private BreakableClient(Configuration configuration, ClosableLock lock) throws SQLException {
    super(configuration, configuration.addresses().get(0), lock, false);
  }

  /** Does what the driver does for one address. */
  static Connection connect(Configuration configuration) throws SQLException {
    var lock = new ClosableLock();
    return new Connection(configuration, lock, new BreakableClient(configuration, lock));
  }

  /** Closes the socket under a connection that was made here. */
  static void breakOff(java.sql.Connection connection) throws SQLException {
    if (connection.unwrap(Connection.class).getClient() instanceof BreakableClient client) {
      client.destroySocket();
    }
  }
}
