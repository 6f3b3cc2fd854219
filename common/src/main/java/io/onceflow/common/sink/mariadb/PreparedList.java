package io.onceflow.common.sink.mariadb;

import io.onceflow.common.commit.TransactionId;
import io.onceflow.common.commit.inspect.InDoubt;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the server's prepared transactions. MariaDB lists their names and nothing else; what more
 * is known of Onceflow's own comes from the markers inside them, which an uncommitted read shows.
 * The connection commits each statement.
 */
record PreparedList(Connection connection, MariaDbConnector connector) {

  private static final int ACCESS_DENIED = 1227;

  /** What a transaction's own marker says. */
  private record Sealed(Instant at, List<InDoubt.Lock> locks) {}

  List<InDoubt> read() throws SQLException {
    var ids = new Query("XA RECOVER").list(connection, row -> Xid.describe(row, connector));
    var sealed = sealed(ids.stream().filter(id -> TransactionId.parse(id).isPresent()).toList());
    var waiters = ids.isEmpty() ? List.<InDoubt.Waiter>of() : waiters(ids.size());
    return ids.stream().map(id -> inDoubt(id, sealed.get(id), waiters)).toList();
  }

  /** To settle one takes no privilege but to know its name. */
  private static InDoubt inDoubt(String id, Sealed sealed, List<InDoubt.Waiter> waiters) {
    return new InDoubt(
        id,
        sealed == null ? null : sealed.at,
        null,
        null,
        true,
        sealed == null ? null : sealed.locks,
        waiters);
  }

  private Map<String, Sealed> sealed(List<String> ids) throws SQLException {
    var sealed = new HashMap<String, Sealed>();
    if (ids.isEmpty()) {
      return sealed;
    }
    var names = new OnceflowTables(connector.onceflowDatabase());
    // For the next statement only: the markers of prepared transactions are not committed.
    MariaDbLink.execute(connection, "SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED");
    var sql =
        "SELECT transaction_id, prepared_at, rows_by_target FROM %s WHERE transaction_id IN %s"
            .formatted(names.marker(), Query.places(ids.size()));
    new Query(sql, ids.toArray())
        .list(connection, row -> sealed.put(row.getString(1), sealed(row)));
    return sealed;
  }

  private static Sealed sealed(ResultSet row) throws SQLException {
    var locks =
        InspectionTables.rowsByTarget(row.getString("rows_by_target")).entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(
                target ->
                    new InDoubt.Lock(
                        target.getKey(),
                        "(%d rows, as its marker says)".formatted(target.getValue())))
            .toList();
    return new Sealed(Query.instant(row, "prepared_at"), locks);
  }

  /**
   * A prepared transaction whose connection is gone has no thread. Which of several it is, the
   * server does not say.
   */
  private List<InDoubt.Waiter> waiters(int prepared) throws SQLException {
    var sql =
        """
        SELECT r.trx_mysql_thread_id AS thread, p.user, l.lock_table, l.lock_mode,
          utc_timestamp(6) - INTERVAL round(p.time_ms * 1000) MICROSECOND AS since
        FROM information_schema.innodb_lock_waits w
        JOIN information_schema.innodb_trx b ON b.trx_id = w.blocking_trx_id AND b.trx_mysql_thread_id = 0
        JOIN information_schema.innodb_trx r ON r.trx_id = w.requesting_trx_id
        JOIN information_schema.innodb_locks l ON l.lock_id = w.requested_lock_id
        LEFT JOIN information_schema.processlist p ON p.id = r.trx_mysql_thread_id
        ORDER BY 1
        """;
    var which =
        prepared == 1
            ? ""
            : ", held by one of the %d prepared transactions (MariaDB does not say by which)"
                .formatted(prepared);
    try {
      return new Query(sql)
          .list(
              connection,
              row ->
                  new InDoubt.Waiter(
                      row.getString("thread"),
                      "",
                      row.getString("user"),
                      Query.instant(row, "since"),
                      "lock %s on a row of %s%s"
                          .formatted(
                              row.getString("lock_mode"), row.getString("lock_table"), which)));
    } catch (SQLException e) {
      // Without PROCESS nothing is shown of other sessions; the facts of the preflight say so.
      if (e.getErrorCode() == ACCESS_DENIED) {
        return List.of();
      }
      throw e;
    }
  }

  /** Whether the account may see who waits. */
  static boolean showsWaiters(Connection connection) throws SQLException {
    try {
      new Query("SELECT count(*) FROM information_schema.innodb_trx").number(connection);
      return true;
    } catch (SQLException e) {
      if (e.getErrorCode() == ACCESS_DENIED) {
        return false;
      }
      throw e;
    }
  }
}
