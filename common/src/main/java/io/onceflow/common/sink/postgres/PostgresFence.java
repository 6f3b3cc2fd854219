package io.onceflow.common.sink.postgres;

import io.onceflow.common.lock.FencedException;
import io.onceflow.common.lock.Lease;
import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.util.PSQLException;

/**
 * The check that makes a lease safe in PostgreSQL: the database keeps the highest token of each key
 * ({@code flink-conf/sql/locks.sql}) and refuses lower ones in the transaction that writes.
 */
public final class PostgresFence {

  /** SQLSTATE of a refusal. */
  public static final String FENCED = "OF001";

  private PostgresFence() {}

  /**
   * The first statement of a transaction that reads or writes what the key protects. From then on
   * older holders are refused; one that passed before is waited for. Not for a transaction that
   * will be prepared: it would keep other holders out until it is settled.
   *
   * @throws FencedException when the token is too low; roll back
   * @throws IllegalStateException when the connection commits by itself, so that the check would
   *     say nothing about the next statement
   */
  public static void raise(Connection connection, Lease lease)
      throws SQLException, FencedException {
    if (connection.getAutoCommit()) {
      throw new IllegalStateException(
          "The fence of key '%s' belongs into the transaction that writes: call setAutoCommit(false) first."
              .formatted(lease.key()));
    }
    try (var statement = connection.prepareStatement("SELECT onceflow.raise_fence(?, ?, ?)")) {
      statement.setString(1, lease.key());
      statement.setLong(2, lease.token());
      statement.setString(3, lease.owner());
      statement.execute();
    } catch (PSQLException e) {
      if (FENCED.equals(e.getSQLState()) && e.getServerErrorMessage() != null) {
        throw new FencedException(
            lease, Long.parseLong(String.valueOf(e.getServerErrorMessage().getDetail())), e);
      }
      throw e;
    }
  }
}
