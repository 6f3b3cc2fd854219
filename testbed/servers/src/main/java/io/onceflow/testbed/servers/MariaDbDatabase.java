package io.onceflow.testbed.servers;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * One database of a shared server, for one test.
 *
 * @param server the server it is in
 * @param name its name
 */
public record MariaDbDatabase(MariaDbServer server, String name) {
  /** Returns the URL without user and password; those are the server's. */
  public String jdbcUrl() {
    return server.jdbcUrl(name);
  }

  /** Opens a connection with autocommit on; the caller closes it. */
  public Connection connect() throws SQLException {
    return server.connect(name);
  }
}
