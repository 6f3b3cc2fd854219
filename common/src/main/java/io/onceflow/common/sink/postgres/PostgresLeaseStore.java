package io.onceflow.common.sink.postgres;

import io.onceflow.common.config.PostgresConfig;
import io.onceflow.common.lock.LeaseStore;
import io.onceflow.common.lock.Leases;

/**
 * Leases in one PostgreSQL database, in the table of {@code flink-conf/sql/locks.sql}. They run out
 * by the server's clock. A key's row stays when its lease ends, so tokens rise for good unless the
 * server itself loses what it has acknowledged.
 */
public final class PostgresLeaseStore implements LeaseStore {

  private static final long serialVersionUID = 1L;

  private final PostgresConnector connector;

  PostgresLeaseStore(PostgresConnector connector) {
    this.connector = connector;
  }

  /** The leases in a database; it may be another one than the one they protect. */
  public static PostgresLeaseStore at(PostgresConfig config) {
    return new PostgresLeaseStore(new DriverConnector(config));
  }

  @Override
  public String description() {
    return "leases in PostgreSQL at " + connector.description();
  }

  @Override
  public Leases connect() {
    return new PostgresLeases(connector);
  }
}
