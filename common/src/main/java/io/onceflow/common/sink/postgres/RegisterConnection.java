package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.StoreException;
import java.sql.SQLException;
import java.util.Set;

/** Runs the register's short transactions. */
final class RegisterConnection implements AutoCloseable {

  /** A client that vanished must not keep the pipeline's lock; whoever waits for it tries again. */
  private static final String SETTINGS =
      "SET idle_in_transaction_session_timeout = '30s'; SET lock_timeout = '20s';";

  /** A table, a schema, and a column that an older register.sql did not have. */
  private static final Set<String> MISSING = Set.of("42P01", "3F000", "42703");

  private final DatabaseLink link;

  RegisterConnection(PostgresConnector connector) {
    this.link = new DatabaseLink(connector, "Register", SETTINGS);
  }

  /** A piece of work that is committed when it returns. */
  interface Work<R> {
    R run(RegisterTables tables) throws SQLException, StoreException;
  }

  <R> R inTransaction(String doing, Work<R> work) throws StoreException {
    try {
      return link.inTransaction(doing, current -> work.run(new RegisterTables(current)));
    } catch (StoreException e) {
      throw withTheWayOut(e);
    }
  }

  private static StoreException withTheWayOut(StoreException e) {
    return e.getCause() instanceof SQLException sql
            && MISSING.contains(String.valueOf(sql.getSQLState()))
        ? new StoreException(
            ErrorClass.SYSTEM,
            e.getMessage()
                + " Run flink-conf/sql/register.sql as the owner of the register's database.",
            sql)
        : e;
  }

  /** Breaks what is under way from another thread. Final. */
  void abort() {
    link.abort();
  }

  @Override
  public void close() {
    link.close();
  }
}
