package io.onceflow.common.config;

import java.io.Serializable;
import java.util.Objects;

/**
 * How to reach one MariaDB database, and where its server keeps Onceflow's own tables.
 *
 * @param server the connection
 * @param onceflowDatabase the database of the tables of {@code onceflow-mariadb.sql}; jobs that
 *     must not see each other's sinks have one each
 */
public record MariaDbConfig(DatabaseConfig server, String onceflowDatabase)
    implements Serializable {

  /** The name that {@code onceflow-mariadb.sql} gives to the database. */
  public static final String ONCEFLOW = "onceflow";

  private static final long serialVersionUID = 1L;

  /** Checks that both are there. */
  public MariaDbConfig {
    Objects.requireNonNull(server, "server");
    Objects.requireNonNull(onceflowDatabase, "onceflowDatabase");
  }

  /** A server on this host, without encryption, with the default timeouts. */
  public static MariaDbConfig loopback(int port, String database, String user, Secret password) {
    return new MariaDbConfig(DatabaseConfig.loopback(port, database, user, password), ONCEFLOW);
  }

  /** Reads the keys of one group, such as {@code mariadb}. */
  public static MariaDbConfig read(ConfigReader reader) {
    return new MariaDbConfig(
        DatabaseConfig.read(reader, 3306),
        reader
            .string("onceflow-database", "Database of the tables of onceflow-mariadb.sql.")
            .matching(MariaDbConfig::isLowerCaseName, "lower-case letters, digits and _ only")
            .orElse(ONCEFLOW));
  }

  private static boolean isLowerCaseName(String name) {
    return name.matches("[a-z_][a-z0-9_]{0,62}");
  }
}
