package io.onceflow.common.sink.postgres;

import io.onceflow.common.commit.ErrorClass;
import io.onceflow.common.commit.OnReject;
import io.onceflow.common.commit.SinkId;
import io.onceflow.common.commit.StoreException;
import io.onceflow.common.commit.TransactionId;
import io.onceflow.common.commit.TransactionTotals;
import io.onceflow.common.commit.TransactionWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * One subtask's connection under PREPARED: a transaction that takes rows for a whole epoch. After
 * PREPARE the server has detached the transaction, and the connection serves the next epoch.
 */
final class PostgresTransactionWriter implements TransactionWriter {

  /**
   * An epoch may be slow: no timeout of the role or the database may end its transaction or its
   * COPY. A lock is waited for so long and no longer: whoever holds it may be prepared and wait for
   * this very barrier.
   */
  private static final String SETTINGS =
      """
      SET idle_in_transaction_session_timeout = 0;
      SET statement_timeout = 0;
      SET lock_timeout = '30s';
      SELECT set_config('transaction_timeout', '0', false) WHERE current_setting('server_version_num')::int >= 170000;
      """;

  private static final String LOCK_NOT_AVAILABLE = "55P03";
  private static final String OUT_OF_SLOTS = "53200";
  private static final String NOT_IN_PREREQUISITE_STATE = "55000";

  private final SinkId sinkId;
  private final List<PostgresTable<?>> tables;
  private final OnReject onReject;
  private final PreparedTables preparedTables;
  private final DatabaseLink link;

  private TransactionId open;
  private StreamedRows rows;

  PostgresTransactionWriter(
      PostgresConnector connector,
      SinkId sinkId,
      List<PostgresTable<?>> tables,
      OnReject onReject) {
    this.sinkId = sinkId;
    this.tables = tables;
    this.onReject = onReject;
    this.preparedTables = new PreparedTables(new SinkTables(sinkId));
    this.link = DatabaseLink.ofWriter(connector, sinkId, SETTINGS);
  }

  @Override
  public void begin(String transactionId) throws StoreException {
    var id =
        TransactionId.parse(transactionId)
            .filter(parsed -> parsed.sinkId().equals(sinkId))
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "%s is no transaction of sink '%s'.".formatted(transactionId, sinkId)));
    if (open != null) {
      throw new IllegalStateException("%s is still open, so %s cannot begin.".formatted(open, id));
    }
    open = id;
    attempt(
        "Opening",
        current -> {
          preparedTables.beginTransaction(current, id);
          rows = new StreamedRows(current, tables, onReject);
        });
  }

  @Override
  public void append(int target, byte[] bytes, int length, long rowCount) throws StoreException {
    step("Writing rows into", current -> rows.append(target, bytes, length, rowCount));
  }

  @Override
  public long prepare(TransactionTotals totals) throws StoreException {
    step(
        "Completing",
        current -> {
          rows.end();
          // Those that the user deferred; a prepared transaction must not fail any more.
          EpochTransaction.checkConstraints(current);
          preparedTables.setTotals(current, open, totals, rows.rejected(), tables);
        });
    var rejected = rows.rejected();
    step("Preparing", this::prepare);
    open = null;
    rows = null;
    return rejected;
  }

  private void prepare(Connection current) throws SQLException, StoreException {
    try {
      // An id has no character that a literal would have to escape.
      DatabaseLink.execute(current, "PREPARE TRANSACTION '%s'".formatted(open));
    } catch (SQLException e) {
      if (OUT_OF_SLOTS.equals(e.getSQLState())
          || NOT_IN_PREREQUISITE_STATE.equals(e.getSQLState())) {
        throw new StoreException(
            ErrorClass.SYSTEM,
            "PREPARE TRANSACTION '%s' failed: %s. Set max_prepared_transactions to at least twice the parallelism of all sinks that prepare on this server, and restart it."
                .formatted(open, PostgresErrors.reason(e)),
            PostgresErrors.onOneLine(e));
      }
      throw e;
    }
  }

  /** A step of the open transaction. */
  private interface Step {
    void run(Connection connection) throws SQLException, StoreException;
  }

  private void step(String doing, Step step) throws StoreException {
    if (rows == null) {
      throw new StoreException(
          ErrorClass.SYSTEM, doing + " a transaction: none is open any more.", null);
    }
    attempt(doing, step);
  }

  /** After an error the transaction is gone, and nothing may be written before the next begins. */
  private void attempt(String doing, Step step) throws StoreException {
    var done = false;
    try {
      link.run(
          doing + " transaction " + open,
          current -> {
            explained(current, step);
            return null;
          });
      done = true;
    } finally {
      if (!done) {
        open = null;
        rows = null;
      }
    }
  }

  private void explained(Connection current, Step step) throws SQLException, StoreException {
    try {
      step.run(current);
    } catch (SQLException e) {
      if (LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
        throw locked(current, e);
      }
      throw e;
    }
  }

  private StoreException locked(Connection current, SQLException e) throws SQLException {
    current.rollback();
    return new StoreException(
        ErrorClass.TRANSIENT,
        ("Transaction %s waited 30 s for a lock: %s. Who holds locks on these tables now: %s. A transaction of this sink among them wrote"
                + " the same key of a unique index, which appended rows must not, or is the orphan of an earlier attempt, which the next"
                + " attempt rolls back. Anybody else has to finish first.")
            .formatted(open, PostgresErrors.reason(e), holders(current)),
        PostgresErrors.onOneLine(e));
  }

  /** Prepared transactions by their ids, living ones by their backends. */
  private String holders(Connection current) throws SQLException {
    var sql =
        """
        SELECT DISTINCT coalesce('prepared transaction ' || p.gid, 'backend ' || l.pid) FROM pg_locks l
        LEFT JOIN (pg_prepared_xacts p JOIN pg_locks x ON x.transactionid = p.transaction AND x.granted AND x.pid IS NULL)
          ON x.virtualtransaction = l.virtualtransaction AND l.pid IS NULL
        WHERE l.locktype = 'relation' AND l.mode = 'RowExclusiveLock' AND l.pid IS DISTINCT FROM pg_backend_pid()
          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND l.relation = ANY (?::regclass[]::oid[])
        ORDER BY 1 DESC LIMIT 10
        """;
    var holders = new ArrayList<String>();
    try (var statement = current.prepareStatement(sql)) {
      var names = tables.stream().map(table -> table.name().quoted()).toArray();
      statement.setArray(1, current.createArrayOf("text", names));
      try (var row = statement.executeQuery()) {
        while (row.next()) {
          holders.add(row.getString(1));
        }
      }
    }
    return holders.isEmpty() ? "nobody" : String.join(", ", holders);
  }

  @Override
  public void abort() {
    link.abort();
  }

  @Override
  public void close() {
    link.close();
  }
}
